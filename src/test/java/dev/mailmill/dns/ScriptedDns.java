package dev.mailmill.dns;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.Compression;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSInput;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSOutput;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Tokenizer;
import org.xbill.DNS.Type;

/**
 * A resolver over UDP and TCP for two zones: {@code test.}, signed with a key of its own, and
 * {@code example.}, unsigned. It answers from the records it was given, proves what is not there
 * (RFC 4470), and can be told to misbehave at one question.
 */
public final class ScriptedDns implements AutoCloseable {
    /** How it answers one question instead. */
    public enum Fault {
        SERVFAIL, REFUSED, FORMERR, NOTIMP, SILENCE, LAME, WRONG_ID, WRONG_QUESTION, GARBAGE,
        EMPTY, HALF, CUT, CUT_FOR_GOOD, FORGED, STRIPPED, EXPIRED, UNPROVEN, NXDOMAIN
    }

    private static final Name SIGNED = Name.fromConstantString("test.");
    private static final Name UNSIGNED = Name.fromConstantString("example.");
    private static final long TTL = 300;
    private static final int UDP_OCTETS = 1232;

    private final DatagramSocket udp;
    private final ServerSocket tcp;
    private final KeyPair pair;
    private final DNSKEYRecord key;
    private final Map<String, List<Record>> records = new ConcurrentHashMap<>();
    private final Map<String, Fault> faults = new ConcurrentHashMap<>();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private volatile boolean signs = true;
    private volatile boolean claims;

    /** On one port; a free one of the one kind may be taken of the other. */
    private record Pair(ServerSocket tcp, DatagramSocket udp) {
        static Pair open(InetAddress at, int port) throws IOException {
            for (int tried = 0; ; tried++) {
                ServerSocket tcp = new ServerSocket(port, 50, at);
                try {
                    return new Pair(tcp, new DatagramSocket(tcp.getLocalSocketAddress()));
                } catch (BindException e) {
                    tcp.close();
                    if (tried == 20) {
                        throw e;
                    }
                }
            }
        }
    }

    public ScriptedDns() {
        this(InetAddress.getLoopbackAddress(), 0);
    }

    /** At an address of its own, so that a zone can have several servers on one port. */
    public ScriptedDns(InetAddress at, int port) {
        try {
            Pair sockets = Pair.open(at, port);
            tcp = sockets.tcp();
            udp = sockets.udp();
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(256);
            pair = generator.generateKeyPair();
            key = new DNSKEYRecord(SIGNED, DClass.IN, TTL, 257, 3, 13, pair.getPublic());
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        add(key);
        for (String zone : List.of("test.", "example.")) {
            add(record(zone + " SOA ns." + zone + " host." + zone + " 1 3600 600 86400 300"));
        }
        Thread.startVirtualThread(this::serveUdp);
        Thread.startVirtualThread(this::serveTcp);
    }

    /** The key that is to be believed. */
    public String anchors() {
        return key.toString();
    }

    public InetSocketAddress address() {
        return new InetSocketAddress(udp.getLocalAddress(), udp.getLocalPort());
    }

    /** As in {@code mx.rcpt.test. A 127.0.0.1}. */
    public ScriptedDns with(String... all) {
        for (String each : all) {
            add(record(each));
        }
        return this;
    }

    /** What stands at a name so far is no more. */
    public ScriptedDns without(String name) {
        records.remove(name);
        return this;
    }

    /** As in {@code TLSA _25._tcp.mx.rcpt.test.}. */
    public ScriptedDns fault(String question, Fault fault) {
        faults.put(question, fault);
        return this;
    }

    /** As a resolver that leaves signatures out. */
    public ScriptedDns withoutSignatures() {
        signs = false;
        return this;
    }

    /** As a resolver that validates and says so by AD. */
    public ScriptedDns claiming() {
        claims = true;
        return this;
    }

    /** In order: {@code MX rcpt.test.}. */
    public List<String> asked() {
        return asked;
    }

    private void add(Record r) {
        records.computeIfAbsent(r.getName().toString(), n -> new CopyOnWriteArrayList<>()).add(r);
    }

    private static Record record(String text) {
        try {
            String[] p = text.split(" ", 3);
            int type = Type.value(p[1]);
            Name name = Name.fromString(p[0]);
            return p[2].equals("3 1 1 -") ? new EarlyEnd(name)
                    : Record.fromString(name, type, DClass.IN, TTL, p[2], Name.root);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A TLSA record without data, which dnsjava would not make. */
    private static final class EarlyEnd extends Record {
        private static final long serialVersionUID = 1L;

        EarlyEnd(Name name) {
            super(name, Type.TLSA, DClass.IN, TTL);
        }

        @Override
        protected void rrFromWire(DNSInput in) {
        }

        @Override
        protected String rrToString() {
            return "3 1 1";
        }

        @Override
        protected void rdataFromString(Tokenizer tokens, Name origin) {
        }

        @Override
        protected void rrToWire(DNSOutput out, Compression names, boolean canonical) {
            out.writeByteArray(new byte[] {3, 1, 1});
        }
    }

    // ---- the answer

    private byte[] answer(byte[] octets, boolean overUdp) throws Exception {
        Message query = new Message(octets);
        Record q = query.getQuestion();
        String name = Type.string(q.getType()) + " " + q.getName();
        asked.add(name);
        Fault fault = faults.get(name);
        if (fault == null) {
            byte[] whole = answer(query, null).toWire();
            if (!overUdp || whole.length <= UDP_OCTETS) {
                return whole;
            }
            fault = Fault.CUT;
        }
        return switch (fault) {
            case SERVFAIL -> code(query, Rcode.SERVFAIL);
            case REFUSED -> code(query, Rcode.REFUSED);
            case FORMERR -> code(query, Rcode.FORMERR);
            case NOTIMP -> code(query, Rcode.NOTIMP);
            case NXDOMAIN -> code(query, Rcode.NXDOMAIN);
            case SILENCE -> null;
            case GARBAGE -> new byte[] {octets[0], octets[1], (byte) 0x81, 1, 2, 3};
            case EMPTY -> new byte[0];
            case HALF -> {
                byte[] whole = answer(query, null).toWire();
                yield Arrays.copyOf(whole, whole.length - 7);
            }
            case WRONG_ID -> {
                byte[] whole = answer(query, null).toWire();
                whole[0] ^= 0x55;
                yield whole;
            }
            case WRONG_QUESTION -> {
                Message m = new Message(query.getHeader().getID());
                m.getHeader().setFlag(Flags.QR);
                m.addRecord(Record.newRecord(Name.fromString("other.test."), q.getType(),
                        DClass.IN), Section.QUESTION);
                yield m.toWire();
            }
            case LAME -> {
                Message m = begin(query);
                m.getHeader().unsetFlag(Flags.AA);
                m.addRecord(record("test. NS elsewhere.test."), Section.AUTHORITY);
                yield m.toWire();
            }
            case CUT, CUT_FOR_GOOD -> {
                if (!overUdp) {
                    yield fault == Fault.CUT ? answer(query, null).toWire() : null;
                }
                Message m = begin(query);
                m.getHeader().setFlag(Flags.TC);
                yield m.toWire();
            }
            case FORGED, STRIPPED, EXPIRED, UNPROVEN -> answer(query, fault).toWire();
        };
    }

    private static byte[] code(Message query, int code) {
        Message m = begin(query);
        m.getHeader().setRcode(code);
        return m.toWire();
    }

    private static Message begin(Message query) {
        Message m = new Message(query.getHeader().getID());
        m.getHeader().setFlag(Flags.QR);
        m.getHeader().setFlag(Flags.RA);
        if (query.getHeader().getFlag(Flags.RD)) {
            m.getHeader().setFlag(Flags.RD);
        } else {
            // asked as the zone's own server
            m.getHeader().setFlag(Flags.AA);
        }
        m.addRecord(query.getQuestion(), Section.QUESTION);
        return m;
    }

    private Message answer(Message query, Fault fault) throws Exception {
        Message m = begin(query);
        boolean wanted = query.getOPT() != null
                && (query.getOPT().getFlags() & ExtendedFlags.DO) != 0;
        int type = query.getQuestion().getType();
        Name at = query.getQuestion().getName();
        boolean proof = wanted && signs && fault != Fault.STRIPPED;
        boolean proven = true;
        for (int aliases = 0; aliases < 12; aliases++) {
            proven &= at.subdomain(SIGNED);
            List<Record> own = own(at);
            List<Record> found = own.stream().filter(r -> r.getType() == type).toList();
            List<Record> alias = own.stream().filter(r -> r.getType() == Type.CNAME).toList();
            if (!found.isEmpty() || alias.isEmpty()) {
                if (found.isEmpty()) {
                    nothing(m, at, own, proof, fault);
                } else {
                    set(m, found, Section.ANSWER, proof, fault);
                }
                break;
            }
            set(m, alias, Section.ANSWER, proof, fault);
            at = ((CNAMERecord) alias.getFirst()).getTarget();
        }
        if (claims && proven && fault == null) {
            m.getHeader().setFlag(Flags.AD);
        }
        if (wanted) {
            m.addRecord(new OPTRecord(1232, 0, 0, ExtendedFlags.DO), Section.ADDITIONAL);
        }
        return m;
    }

    /** A name's records; where it does not exist, those of the wildcard over it (RFC 4592). */
    private List<Record> own(Name at) throws Exception {
        if (exists(at)) {
            return records.getOrDefault(at.toString(), List.of());
        }
        for (Name over = at; over.labels() > 1 && !exists(over); ) {
            over = new Name(over, 1);
            List<Record> made = new ArrayList<>();
            for (Record r : records.getOrDefault("*." + over, List.of())) {
                made.add(Record.fromString(at, r.getType(), DClass.IN, TTL, r.rdataToString(),
                        Name.root));
            }
            if (!made.isEmpty()) {
                return made;
            }
        }
        return List.of();
    }

    private boolean exists(Name at) {
        return records.keySet().stream()
                .anyMatch(n -> n.equals(at.toString()) || n.endsWith("." + at));
    }

    private void nothing(Message m, Name at, List<Record> own, boolean proof, Fault fault)
            throws Exception {
        boolean exists = !own.isEmpty() || records.keySet().stream()
                .anyMatch(n -> n.endsWith("." + at));
        Name zone = at.subdomain(SIGNED) ? SIGNED : UNSIGNED;
        m.getHeader().setRcode(exists ? Rcode.NOERROR : Rcode.NXDOMAIN);
        set(m, records.get(zone.toString()).stream().filter(r -> r.getType() == Type.SOA).toList(),
                Section.AUTHORITY, proof, fault);
        if (!proof || fault == Fault.UNPROVEN || zone == UNSIGNED) {
            return;
        }
        if (exists) {
            Set<Integer> types = new TreeSet<>(Set.of(Type.RRSIG, Type.NSEC));
            own.forEach(r -> types.add(r.getType()));
            nsec(m, at, Name.fromString("\\000", at), fault,
                    types.stream().mapToInt(Integer::intValue).toArray());
        } else {
            Name parent = new Name(at, 1);
            String label = at.getLabelString(0);
            String before = label.substring(0, label.length() - 1)
                    + (char) (label.charAt(label.length() - 1) - 1) + "~";
            nsec(m, Name.fromString(before, parent), Name.fromString(label + "!", parent), fault,
                    Type.RRSIG, Type.NSEC);
            nsec(m, Name.fromString("!~", parent), Name.fromString("*!", parent), fault,
                    Type.RRSIG, Type.NSEC);
        }
    }

    private void nsec(Message m, Name from, Name to, Fault fault, int... types)
            throws Exception {
        set(m, List.of(new NSECRecord(from, DClass.IN, TTL, to, types)), Section.AUTHORITY, true,
                fault);
    }

    private void set(Message m, List<Record> set, int section, boolean proof, Fault fault)
            throws Exception {
        set.forEach(r -> m.addRecord(r, section));
        if (!proof || !set.getFirst().getName().subdomain(SIGNED)) {
            return;
        }
        Instant now = Instant.now();
        Duration until = Duration.ofHours(fault == Fault.EXPIRED ? -1 : 1);
        RRSIGRecord signature = DNSSEC.sign(new RRset(set.toArray(Record[]::new)), key,
                pair.getPrivate(), now.minus(Duration.ofHours(2)), now.plus(until));
        if (fault == Fault.FORGED) {
            byte[] other = signature.getSignature().clone();
            other[5] ^= 1;
            signature = new RRSIGRecord(signature.getName(), DClass.IN, TTL,
                    signature.getTypeCovered(), signature.getAlgorithm(), signature.getOrigTTL(),
                    signature.getExpire(), signature.getTimeSigned(), signature.getFootprint(),
                    signature.getSigner(), other);
        }
        m.addRecord(signature, section);
    }

    // ---- the wire

    private void serveUdp() {
        byte[] buffer = new byte[4096];
        while (!udp.isClosed()) {
            try {
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                udp.receive(packet);
                byte[] said = answer(Arrays.copyOf(buffer, packet.getLength()), true);
                if (said != null) {
                    udp.send(new DatagramPacket(said, said.length, packet.getSocketAddress()));
                }
            } catch (Exception e) {
                // closed, or a broken question
            }
        }
    }

    private void serveTcp() {
        while (!tcp.isClosed()) {
            try {
                Socket socket = tcp.accept();
                Thread.startVirtualThread(() -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            while (true) {
                byte[] query = in.readNBytes(in.readUnsignedShort());
                byte[] said = answer(query, false);
                if (said == null) {
                    return;
                }
                out.writeShort(said.length);
                out.write(said);
                out.flush();
            }
        } catch (Exception e) {
            // the client hung up
        }
    }

    @Override
    public void close() {
        udp.close();
        try {
            tcp.close();
        } catch (IOException e) {
            // a test's end
        }
    }
}
