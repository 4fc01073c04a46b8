package dev.mailmill.compose;

import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Message;

/** The signed envelope sender of each copy, by which a later bounce names its delivery. */
@FunctionalInterface
public interface ReturnPaths {
    /** Pure: the same copy always has the same one. */
    String forDelivery(Message message, Delivery delivery);
}
