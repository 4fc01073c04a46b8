package dev.mailmill.dns;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** A resolver on a loopback port that answers as it is told, octet by octet if need be. */
public final class UdpDns implements AutoCloseable {
    private final DatagramSocket socket;
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final Function<Message, byte[]> script;

    /** @param script from the question to the answer's octets; null for silence */
    public UdpDns(Function<Message, byte[]> script) throws IOException {
        this.socket = new DatagramSocket(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        this.script = script;
        Thread.startVirtualThread(this::serve);
    }

    /** An answer with these records in its answer section. */
    public static byte[] answer(Message query, int rcode, String... records) {
        Message m = new Message(query.getHeader().getID());
        m.getHeader().setFlag(Flags.QR);
        m.getHeader().setFlag(Flags.RA);
        m.getHeader().setRcode(rcode);
        m.addRecord(query.getQuestion(), Section.QUESTION);
        try {
            for (String text : records) {
                boolean authority = text.startsWith("!");
                String[] p = (authority ? text.substring(1) : text).split(" ", 4);
                m.addRecord(Record.fromString(Name.fromString(p[0], Name.root),
                        org.xbill.DNS.Type.value(p[2]), org.xbill.DNS.DClass.IN,
                        Long.parseLong(p[1]), p[3], Name.root),
                        authority ? Section.AUTHORITY : Section.ANSWER);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return m.toWire();
    }

    public InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), socket.getLocalPort());
    }

    public List<String> asked() {
        return asked;
    }

    private void serve() {
        byte[] buffer = new byte[4096];
        while (!socket.isClosed()) {
            try {
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                socket.receive(packet);
                Message query = new Message(java.util.Arrays.copyOf(buffer, packet.getLength()));
                Record q = query.getQuestion();
                asked.add(org.xbill.DNS.Type.string(q.getType()) + " " + q.getName());
                byte[] answer = script.apply(query);
                if (answer != null) {
                    socket.send(new DatagramPacket(answer, answer.length,
                            packet.getSocketAddress()));
                }
            } catch (IOException e) {
                // closed, or a broken question
            }
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
