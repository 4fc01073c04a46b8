/**
 * Reads and writes what RFC 5322 and its family describe: addresses, header blocks, encodings, MIME
 * structure, DKIM signatures.
 *
 * <p><b>Does</b>: keeps bytes. {@link dev.mailmill.mime.Head} changes single fields and leaves
 * every other octet alone; {@link dev.mailmill.mime.Recoding} re-encodes single parts of a body and
 * copies the rest; {@link dev.mailmill.mime.Address} is parsed once and everything is sent from the
 * parsed value, so that two readers of one text can't differ.
 *
 * <p><b>Never</b>: touches a socket, a file or a clock; recurses over input; guesses. What has two
 * readings is {@link dev.mailmill.mime.Malformed}, with a sentence for the person who wrote it.
 *
 * <p><b>Fails</b>: with {@link dev.mailmill.mime.Malformed} for text that is not what it should be,
 * {@link dev.mailmill.mime.Unrecodable} for a body that must not or can't safely be rewritten.
 *
 * <p><b>Always holds</b>: linear time and named bounds on every input; what is written has only
 * CRLF line ends, no line over 998 octets, and is the same for the same input.
 *
 * <p><b>Start reading at</b> {@link dev.mailmill.mime.Head} and
 * {@link dev.mailmill.mime.DkimSigner}.
 */
package dev.mailmill.mime;
