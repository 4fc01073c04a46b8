package dev.mailmill.dns;

import java.net.InetAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/** Says what it was told to say; a name that it was not told of does not exist. */
public final class FakeDns implements Dns {
    private final Map<String, Answer<?>> answers = new ConcurrentHashMap<>();
    private final Set<String> proven = ConcurrentHashMap.newKeySet();
    private final List<String> asked = new CopyOnWriteArrayList<>();

    /** @param records as in {@code 10 mx.example.com}; a lone dot is the root */
    public FakeDns mx(String domain, String... records) {
        return put("MX", domain, new Answer.Found<>(Stream.of(records).map(r -> {
            String[] parts = r.split(" ");
            return new Mx(Integer.parseInt(parts[0]), parts[1].equals(".") ? "" : parts[1]);
        }).toList()));
    }

    public FakeDns a(String host, String... addresses) {
        return put("A", host, new Answer.Found<>(
                Stream.of(addresses).map(InetAddress::ofLiteral).toList()));
    }

    public FakeDns aaaa(String host, String... addresses) {
        return put("AAAA", host, new Answer.Found<>(
                Stream.of(addresses).map(InetAddress::ofLiteral).toList()));
    }

    public FakeDns txt(String name, String... texts) {
        return put("TXT", name, new Answer.Found<>(List.of(texts)));
    }

    public FakeDns ptr(String address, String... names) {
        return put("PTR", InetAddress.ofLiteral(address).getHostAddress(),
                new Answer.Found<>(List.of(names)));
    }

    public FakeDns cname(String name, String target) {
        return put("CNAME", name, new Answer.Found<>(List.of(target)));
    }

    /** @param records as in {@code 3 1 1 00ff…} */
    public FakeDns tlsa(String name, String... records) {
        return put("TLSA", name, new Answer.Found<>(Stream.of(records).map(r -> {
            String[] p = r.split(" ");
            return new Tlsa(Integer.parseInt(p[0]), Integer.parseInt(p[1]),
                    Integer.parseInt(p[2]), HexFormat.of().parseHex(p[3]));
        }).toList()));
    }

    /** What is under this name is proven, and what is not there too. */
    public FakeDns proven(String zone) {
        proven.add(zone);
        return this;
    }

    /** Nobody can say now. */
    public FakeDns unknown(String type, String name) {
        return put(type, name, new Answer.Unknown<>("SERVFAIL"));
    }

    /** Nothing is there any more. */
    public FakeDns cleared() {
        answers.clear();
        return this;
    }

    /** What was asked, in order: {@code MX example.com}. */
    public List<String> asked() {
        return asked;
    }

    private <T> Secured<T> secured(Answer<T> answer, String name) {
        return new Secured<>(answer, !(answer instanceof Answer.Unknown) && proven.stream()
                .anyMatch(z -> name.equals(z) || name.endsWith("." + z)), name);
    }

    @Override
    public Secured<Mx> mxSecured(String domain) {
        return secured(mx(domain), domain);
    }

    @Override
    public Secured<InetAddress> aSecured(String host) {
        return secured(a(host), host);
    }

    @Override
    public Secured<InetAddress> aaaaSecured(String host) {
        return secured(aaaa(host), host);
    }

    @Override
    public Secured<Tlsa> tlsa(String name) {
        return secured(get("TLSA", name), name);
    }

    private FakeDns put(String type, String name, Answer<?> answer) {
        answers.put(type + " " + name, answer);
        return this;
    }

    @Override
    public Answer<Mx> mx(String domain) {
        return get("MX", domain);
    }

    @Override
    public Answer<InetAddress> a(String host) {
        return get("A", host);
    }

    @Override
    public Answer<InetAddress> aaaa(String host) {
        return get("AAAA", host);
    }

    @Override
    public Answer<String> txt(String name) {
        return get("TXT", name);
    }

    @Override
    public Answer<String> ptr(InetAddress address) {
        return get("PTR", address.getHostAddress());
    }

    @Override
    public Answer<String> ns(String name) {
        return get("NS", name);
    }

    @Override
    public Answer<String> cname(String name) {
        return get("CNAME", name);
    }

    @SuppressWarnings("unchecked") // the key's type was put in with records of that type
    private <T> Answer<T> get(String type, String name) {
        asked.add(type + " " + name);
        Answer<?> own = answers.get(type + " " + name);
        if (own != null) {
            return (Answer<T>) own;
        }
        boolean exists = answers.keySet().stream().anyMatch(k -> k.endsWith(" " + name));
        return exists ? new Answer.NoData<>() : new Answer.NoDomain<>();
    }
}
