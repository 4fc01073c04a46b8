package dev.mailmill.sql;

import dev.mailmill.mail.Door;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Line;
import dev.mailmill.mail.Reply;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;

/**
 * Facts as they are stored: a type number in a column of its own and a blob of one version byte and
 * the fields. Numbers and layouts are for ever; a new layout takes a new version.
 */
final class FactCodec {
    /** With the line over which a reply came, and a sum of what was asked over it. */
    private static final int ASKING = 3;
    /** With the line over which a reply came. */
    private static final int LINED = 2;
    /** Without one. */
    private static final int LINELESS = 1;

    /** Of an unsubscribe: of all marketing. */
    private static final int ALL = 2;

    /** Of an opening or a click: with its caller's network and time. */
    private static final int SEEN = 2;

    /** In that sum: reports were asked for. */
    private static final int DSN = 1;

    static final int DEFERRED = 5;
    /** All types from here on are about callers; the fact tables have an index of them. */
    static final int OPENED = 17;
    static final int CLICKED = 18;
    static final int SCANNED = 19;
    static final int VERDICT = 20;
    static final int AMBIGUOUS = 13;

    private FactCodec() {
    }

    /** The number that is stored; stable for ever. */
    static int type(Fact fact) {
        return switch (fact) {
            case Fact.Accepted _ -> 1;
            case Fact.Scheduled _ -> 2;
            case Fact.Held _ -> 3;
            case Fact.Suppressed _ -> 4;
            case Fact.Deferred _ -> DEFERRED;
            case Fact.Delivered _ -> 6;
            case Fact.Relayed _ -> 7;
            case Fact.Captured _ -> 8;
            case Fact.Bounced _ -> 9;
            case Fact.Expired _ -> 10;
            case Fact.Cancelled _ -> 11;
            case Fact.Failed _ -> 12;
            case Fact.Ambiguous _ -> AMBIGUOUS;
            case Fact.Complained _ -> 14;
            case Fact.Unsubscribed _ -> 15;
            case Fact.Received _ -> 16;
            case Fact.Opened _ -> OPENED;
            case Fact.Clicked _ -> CLICKED;
            case Fact.Scanned _ -> SCANNED;
            case Fact.Verdict _ -> VERDICT;
        };
    }

    static byte[] encode(Fact fact) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(48);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            int version = switch (fact) {
                case Fact.Unsubscribed f when f.all() -> ALL;
                case Fact.Opened f -> version(f.caller());
                case Fact.Clicked f -> version(f.caller());
                default -> fact.said().map(r -> version(r.line())).orElse(LINELESS);
            };
            out.writeByte(version);
            fields(fact, version, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** The oldest that holds it. */
    private static int version(Line line) {
        return line.dsn() ? ASKING : line.equals(Line.NONE) ? LINELESS : LINED;
    }

    private static int version(Fact.Caller caller) {
        return caller.equals(Fact.Caller.of(caller.agent())) ? LINELESS : SEEN;
    }

    private static void fields(Fact fact, int version, DataOutputStream out)
            throws IOException {
        switch (fact) {
            case Fact.Accepted f -> {
                out.writeByte(f.door().code());
                out.writeLong(f.size());
            }
            case Fact.Scheduled f -> out.writeLong(f.until().toEpochMilli());
            case Fact.Held f -> out.writeUTF(f.reason());
            case Fact.Suppressed f -> out.writeUTF(f.reason());
            case Fact.Deferred f -> {
                reply(f.reply(), version, out);
                out.writeInt(f.attempt());
                out.writeLong(f.until().toEpochMilli());
            }
            case Fact.Delivered f -> {
                reply(f.reply(), version, out);
                out.writeInt(f.attempt());
            }
            case Fact.Relayed f -> {
                reply(f.reply(), version, out);
                out.writeInt(f.attempt());
            }
            case Fact.Captured _ -> { }
            case Fact.Bounced f -> {
                reply(f.reply(), version, out);
                out.writeInt(f.attempt());
                out.writeBoolean(f.late());
            }
            case Fact.Expired f -> reply(f.last(), version, out);
            case Fact.Cancelled _ -> { }
            case Fact.Failed f -> reply(f.reply(), version, out);
            case Fact.Ambiguous f -> {
                reply(f.reply(), version, out);
                out.writeInt(f.attempt());
            }
            case Fact.Complained f -> {
                out.writeUTF(f.kind());
                out.writeUTF(f.by());
            }
            case Fact.Unsubscribed f -> out.writeUTF(f.by());
            case Fact.Received f -> out.writeUTF(f.kind());
            case Fact.Opened f -> {
                out.writeBoolean(f.individual());
                caller(f.caller(), version, out);
            }
            case Fact.Clicked f -> {
                out.writeBoolean(f.individual());
                out.writeUTF(f.link());
                caller(f.caller(), version, out);
            }
            case Fact.Scanned f -> {
                out.writeBoolean(f.individual());
                out.writeUTF(f.how());
                caller(f.caller(), SEEN, out);
            }
            case Fact.Verdict f -> verdict(f, out);
        }
    }

    private static void caller(Fact.Caller caller, int version, DataOutputStream out)
            throws IOException {
        out.writeUTF(caller.agent());
        if (version < SEEN) {
            return;
        }
        out.writeLong(caller.network());
        out.writeLong(caller.at().toEpochMilli());
    }

    private static void verdict(Fact.Verdict f, DataOutputStream out) throws IOException {
        out.writeUTF(f.of());
        out.writeBoolean(f.individual());
        out.writeUTF(f.link());
        out.writeLong(f.at().toEpochMilli());
        Fact.Evidence e = f.evidence();
        out.writeUTF(e.agent());
        out.writeLong(e.sinceMillis());
        out.writeInt(e.links());
        out.writeBoolean(e.withOpen());
        out.writeLong(e.spanMillis());
        out.writeLong(e.awayMillis());
        out.writeBoolean(e.alike());
        out.writeUTF(e.trap());
        out.writeBoolean(f.again());
        out.writeUTF(f.by());
        out.writeUTF(f.why());
        out.writeInt(f.version());
    }

    private static void reply(Reply reply, int version, DataOutputStream out)
            throws IOException {
        out.writeShort(reply.code());
        out.writeUTF(reply.enhanced());
        out.writeUTF(reply.text());
        out.writeUTF(reply.host());
        if (version != LINELESS) {
            out.writeUTF(reply.line().source());
            out.writeUTF(reply.line().tls());
            out.writeUTF(reply.line().trust());
        }
        if (version == ASKING) {
            out.writeByte(DSN);
        }
    }

    /** @throws IllegalArgumentException when the row is damaged or of a newer version */
    static Fact decode(int type, byte[] blob) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(blob))) {
            int version = in.readByte();
            if (version < LINELESS || version > ASKING) {
                throw new IllegalArgumentException("fact layout " + version + " is not known");
            }
            return fact(type, version, in);
        } catch (IOException e) {
            throw new IllegalArgumentException("fact of type " + type + " is cut short", e);
        }
    }

    private static Fact fact(int type, int version, DataInputStream in) throws IOException {
        return switch (type) {
            case 1 -> new Fact.Accepted(Door.of(in.readByte()), in.readLong());
            case 2 -> new Fact.Scheduled(Instant.ofEpochMilli(in.readLong()));
            case 3 -> new Fact.Held(in.readUTF());
            case 4 -> new Fact.Suppressed(in.readUTF());
            case 5 -> new Fact.Deferred(reply(version, in), in.readInt(),
                    Instant.ofEpochMilli(in.readLong()));
            case 6 -> new Fact.Delivered(reply(version, in), in.readInt());
            case 7 -> new Fact.Relayed(reply(version, in), in.readInt());
            case 8 -> new Fact.Captured();
            case 9 -> new Fact.Bounced(reply(version, in), in.readInt(), in.readBoolean());
            case 10 -> new Fact.Expired(reply(version, in));
            case 11 -> new Fact.Cancelled();
            case 12 -> new Fact.Failed(reply(version, in));
            case AMBIGUOUS -> new Fact.Ambiguous(reply(version, in), in.readInt());
            case 14 -> new Fact.Complained(in.readUTF(), in.readUTF());
            case 15 -> new Fact.Unsubscribed(in.readUTF(), version == ALL);
            case 16 -> new Fact.Received(in.readUTF());
            case OPENED -> new Fact.Opened(in.readBoolean(), caller(version, in));
            case CLICKED -> new Fact.Clicked(in.readBoolean(), in.readUTF(),
                    caller(version, in));
            case SCANNED -> new Fact.Scanned(in.readBoolean(), in.readUTF(), caller(SEEN, in));
            case VERDICT -> new Fact.Verdict(in.readUTF(), in.readBoolean(), in.readUTF(),
                    Instant.ofEpochMilli(in.readLong()), evidence(in), in.readBoolean(),
                    in.readUTF(), in.readUTF(), in.readInt());
            default -> throw new IllegalArgumentException("no fact has type " + type);
        };
    }

    private static Fact.Caller caller(int version, DataInputStream in) throws IOException {
        String agent = in.readUTF();
        return version < SEEN ? Fact.Caller.of(agent)
                : new Fact.Caller(agent, in.readLong(), Instant.ofEpochMilli(in.readLong()));
    }

    private static Fact.Evidence evidence(DataInputStream in) throws IOException {
        return new Fact.Evidence(in.readUTF(), in.readLong(), in.readInt(), in.readBoolean(),
                in.readLong(), in.readLong(), in.readBoolean(), in.readUTF());
    }

    private static Reply reply(int version, DataInputStream in) throws IOException {
        return new Reply(in.readShort(), in.readUTF(), in.readUTF(), in.readUTF(),
                version == LINELESS ? Line.NONE : new Line(in.readUTF(), in.readUTF(),
                        in.readUTF(), version == ASKING && (in.readByte() & DSN) != 0));
    }
}
