package dev.mailmill.smtp;

/** A user's name and secret; {@code toString} shows neither. */
public record SmtpClientLogin(String user, String password) {
    @Override
    public String toString() {
        return "SmtpClientLogin[***]";
    }
}
