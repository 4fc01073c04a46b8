package dev.mailmill.app;

import dev.mailmill.account.Accounts.FirstStart;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "up", mixinStandardHelpOptions = true,
        description = "Starts everything; on a first start makes a key and a login and shows them.")
final class Up implements java.util.concurrent.Callable<Integer> {
    /** From SIGTERM; then it ends like a kill, which loses nothing either. */
    private static final Duration END_WITHIN = Duration.ofMillis(9_500);

    @ParentCommand
    private Main main;

    @Override
    public Integer call() throws InterruptedException {
        Settings settings = main.settings();
        Mailmill mill = Mailmill.start(settings, Mailmill.Role.SERVER);
        CountDownLatch end = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("shutdown").unstarted(() -> {
            end.countDown();
            await(closed, END_WITHIN);
        }));
        if (main.json()) {
            main.console().json(asJson(mill));
        } else {
            Welcome.say(main.console(), settings, mill);
        }
        end.await();
        try {
            mill.close();
        } finally {
            closed.countDown();
        }
        return 0;
    }

    private static void await(CountDownLatch latch, Duration atMost) {
        try {
            latch.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static ObjectNode asJson(Mailmill mill) {
        ObjectNode node = Remote.JSON.createObjectNode().put("http", mill.http().toString())
                .put("submission", mill.submissionPort())
                .put("submissions", mill.submissionsPort());
        mill.restored().note().ifPresent(n -> node.put("backup_of", n.copied().toString())
                .put("held_since_restore", mill.restored().held()));
        mill.welcome().ifPresent(link -> node.put("welcome", link.toString()));
        if (mill.firstStart().isPresent()) {
            FirstStart first = mill.firstStart().get();
            node.put("api_key", first.key().secret());
            node.put("smtp_username", first.smtp().credential().id());
            node.put("smtp_password", first.smtp().secret());
        }
        return node;
    }
}
