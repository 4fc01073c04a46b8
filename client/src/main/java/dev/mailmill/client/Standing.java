package dev.mailmill.client;

import java.util.List;

/** Where a message stands after it was cancelled or released. */
public record Standing(String id, List<Receipt.Recipient> recipients) {
}
