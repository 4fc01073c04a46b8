package dev.mailmill.verify;

import dev.mailmill.dns.Answer;
import dev.mailmill.dns.Dns;
import dev.mailmill.dns.Mx;
import java.net.InetAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * A {@link Dns} for one check: after some seconds, or so many questions, nothing is asked any more
 * and nobody knows. Strangers choose the names, and may choose slow ones.
 */
final class Patience implements Dns {
    private final Dns dns;
    private final long end;
    private final int seconds;
    private int left;

    Patience(Dns dns, int seconds, int questionsMax) {
        this.dns = dns;
        this.seconds = seconds;
        this.end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        this.left = questionsMax;
    }

    private <T> Answer<T> ask(Supplier<Answer<T>> question) {
        if (System.nanoTime() - end > 0) {
            return new Answer.Unknown<>("the check takes more than " + seconds + " seconds");
        }
        if (left-- <= 0) {
            return new Answer.Unknown<>("the check takes too many questions");
        }
        return question.get();
    }

    @Override
    public Answer<Mx> mx(String domain) {
        return ask(() -> dns.mx(domain));
    }

    @Override
    public Answer<InetAddress> a(String host) {
        return ask(() -> dns.a(host));
    }

    @Override
    public Answer<InetAddress> aaaa(String host) {
        return ask(() -> dns.aaaa(host));
    }

    @Override
    public Answer<String> txt(String name) {
        return ask(() -> dns.txt(name));
    }

    @Override
    public Answer<String> ptr(InetAddress address) {
        return ask(() -> dns.ptr(address));
    }
}
