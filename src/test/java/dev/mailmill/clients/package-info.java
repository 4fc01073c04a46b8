/**
 * Programs that others wrote speak to a real server process, and it to them: swaks, curl, msmtp,
 * nodemailer, Python, Django, PHPMailer, Spring Boot, Rails' and Laravel's libraries, Postfix,
 * openssl. What {@code docs/clients.md} says to copy runs here. A program that is absent makes its
 * tests skip, in so many words.
 */
package dev.mailmill.clients;
