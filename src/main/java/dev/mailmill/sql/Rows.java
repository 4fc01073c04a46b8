package dev.mailmill.sql;

import dev.mailmill.mail.Body;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.State;
import dev.mailmill.mail.Submission;
import dev.mailmill.mail.TrafficClass;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Rows to values and back, where a column is not simply a field. Pure. */
final class Rows {
    static final String DELIVERY = "d.id, d.message, d.tenant, d.stream, d.class, d.address,"
            + " d.domain, d.orcpt, d.dsn_notify, d.state, d.attempts, d.due, d.expires";
    static final String MESSAGE = "m.id, m.tenant, m.stream, m.door, m.credential, m.accepted,"
            + " m.sender, m.envid, m.ret, m.options, m.subject, m.message_id, m.authors, m.traits";

    private static final int OPTIONS_VERSION = 1;
    /** The same, of test mail: what does not know it must not read it, or it would send it. */
    private static final int OPTIONS_OF_TEST = 2;

    private Rows() {
    }

    static Delivery delivery(ResultSet r) throws SQLException {
        return new Delivery(r.getLong(1), r.getLong(2), r.getLong(3), r.getLong(4),
                TrafficClass.of(r.getInt(5)), r.getString(6), r.getString(7), r.getString(8),
                r.getString(9), State.of(r.getInt(10)), r.getInt(11),
                Instant.ofEpochMilli(r.getLong(12)), Instant.ofEpochMilli(r.getLong(13)));
    }

    /** @param body what the content row holds or names */
    static Message message(ResultSet r, byte[] head, Body body) throws SQLException {
        String authors = r.getString(13);
        Kept kept = kept(r.getBytes(10));
        Letter letter = new Letter(head, body, r.getInt(14), r.getString(11), r.getString(12),
                authors.isEmpty() ? List.of() : List.of(authors.split("\n", -1)),
                kept.template());
        return new Message(r.getLong(1), r.getLong(2), r.getLong(3), Door.of(r.getInt(4)),
                r.getString(5), Instant.ofEpochMilli(r.getLong(6)), r.getString(7), r.getString(8),
                r.getString(9), kept.options(), letter);
    }

    /**
     * A message's rare things, which are kept together.
     *
     * @param template that made its letter; 0 for none
     */
    record Kept(Submission.Options options, long template) {
    }

    /** Null when all is left at its default, as for most mail. */
    static byte[] options(Submission.Options options, long template) {
        if (options.equals(Submission.Options.NONE) && template == 0) {
            return null;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(options.test() ? OPTIONS_OF_TEST : OPTIONS_VERSION);
            out.writeLong(options.expiresIn().map(Duration::toMillis).orElse(-1L));
            out.writeLong(options.sendAt().map(Instant::toEpochMilli).orElse(-1L));
            out.writeByte(options.tags().size());
            for (String tag : options.tags()) {
                out.writeUTF(tag);
            }
            out.writeByte(options.metadata().size());
            for (Map.Entry<String, String> pair : options.metadata().entrySet()) {
                out.writeUTF(pair.getKey());
                out.writeUTF(pair.getValue());
            }
            if (options.resentFrom() != 0 || template != 0) {
                out.writeLong(options.resentFrom());
            }
            if (template != 0) {
                out.writeLong(template);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static Kept kept(byte[] blob) {
        if (blob == null) {
            return new Kept(Submission.Options.NONE, 0);
        }
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(blob))) {
            int version = in.readByte();
            if (version != OPTIONS_VERSION && version != OPTIONS_OF_TEST) {
                throw new IllegalArgumentException("options layout " + version + " is not known");
            }
            long expiresIn = in.readLong();
            long sendAt = in.readLong();
            List<String> tags = new ArrayList<>();
            for (int n = in.readUnsignedByte(); n > 0; n--) {
                tags.add(in.readUTF());
            }
            Map<String, String> metadata = new LinkedHashMap<>();
            for (int n = in.readUnsignedByte(); n > 0; n--) {
                metadata.put(in.readUTF(), in.readUTF());
            }
            long resentFrom = in.available() > 0 ? in.readLong() : 0;
            long template = in.available() > 0 ? in.readLong() : 0;
            return new Kept(new Submission.Options(
                    expiresIn < 0 ? Optional.empty() : Optional.of(Duration.ofMillis(expiresIn)),
                    sendAt < 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(sendAt)),
                    tags, metadata, version == OPTIONS_OF_TEST, resentFrom), template);
        } catch (IOException e) {
            throw new IllegalArgumentException("options are cut short", e);
        }
    }
}
