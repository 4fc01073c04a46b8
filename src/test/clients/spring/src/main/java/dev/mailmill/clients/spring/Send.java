package dev.mailmill.clients.spring;

import jakarta.mail.internet.MimeMessage;
import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.mail.MailException;
import org.springframework.mail.javamail.JavaMailSender;
import org.springframework.mail.javamail.MimeMessageHelper;

/** Sends one message, as an application that was told {@code spring.mail.…} and nothing else. */
@SpringBootApplication(proxyBeanMethods = false)
public class Send {
    /** @param arguments properties, as Spring Boot reads them */
    public static void main(String[] arguments) throws Exception {
        Map<String, String> told = System.getenv();
        try (ConfigurableApplicationContext context =
                SpringApplication.run(Send.class, arguments)) {
            JavaMailSender sender = context.getBean(JavaMailSender.class);
            MimeMessage message = sender.createMimeMessage();
            MimeMessageHelper letter = new MimeMessageHelper(message, "UTF-8");
            letter.setFrom(told.get("FROM"));
            letter.setTo(told.get("TO"));
            letter.setSubject(told.get("SUBJECT"));
            letter.setText(told.get("BODY"));
            sender.send(message);
        } catch (MailException e) {
            System.out.println(e);
            System.exit(1);
        }
    }
}
