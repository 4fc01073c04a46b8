/**
 * What a refusal means. {@link dev.mailmill.bounce.Classifier} turns a reply's codes and words into
 * a {@link dev.mailmill.bounce.BounceClass}, by the rules of {@code bounce/rules.tsv};
 * {@link dev.mailmill.bounce.BounceReport} reads a returned mail: what it is, whom it speaks of and
 * what was said of each.
 *
 * <p>Pure: it asks nobody, stores nothing and acts on nothing. A class is worked out when it is
 * read, so that yesterday's replies gain from better rules; what is kept is the verbatim reply.
 *
 * <p>Nothing that a mail says makes it fail: what cannot be understood is {@code UNKNOWN} or no
 * bounce. All is bounded, and linear in what is read. Who a report is believed from is the caller's
 * business: this package does not know tokens.
 *
 * <p>Start at {@link dev.mailmill.bounce.Classifier#of(int, String, String)} and at
 * {@link dev.mailmill.bounce.BounceReport#read}.
 */
package dev.mailmill.bounce;
