import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;

import org.jsmpp.SMPPConstant;
import org.jsmpp.bean.*;
import org.jsmpp.extra.NegativeResponseException;
import org.jsmpp.extra.ProcessRequestException;
import org.jsmpp.session.*;
import org.jsmpp.session.connection.ServerConnection;
import org.jsmpp.session.connection.ServerConnectionFactory;
import org.jsmpp.session.connection.socket.ServerSocketConnection;
import org.jsmpp.util.MessageIDGenerator;
import org.jsmpp.util.RandomMessageIDGenerator;

/**
 * SMSC is a message centre on jSMPP: it delivers texts until they are acknowledged
 * and takes those of the gateway.
 *
 * Its arguments are the port on 127.0.0.1, and the system_id and the password of
 * the only client. Commands come by standard input, one a line; what it receives
 * goes to standard output. Texts are UTF-16 in hexadecimal digits:
 *
 *   deliver ID FROM TO TEXT     from a subscriber, until it is acknowledged
 *   drop                        closes the session
 *
 *   ready | bound | acked ID STATUS | text TO TEXT
 */
public final class SMSC implements ServerMessageReceiverListener {
    private static final long BIND_MAX = 5000, RESPONSE_MAX = 5000, AGAIN = 200; // milliseconds

    private final MessageIDGenerator ids = new RandomMessageIDGenerator();
    private final AtomicReference<SMPPServerSession> session = new AtomicReference<>();
    private final ExecutorService deliveries = Executors.newFixedThreadPool(8);
    private final String systemID, password;

    private SMSC(String systemID, String password) {
        this.systemID = systemID;
        this.password = password;
    }

    public static void main(String[] args) throws Exception {
        new SMSC(args[1], args[2]).run(Integer.parseInt(args[0]));
    }

    private void run(int port) throws Exception {
        SMPPServerSessionListener listener = new SMPPServerSessionListener(port, new Loopback());
        listener.setMessageReceiverListener(this);
        Thread accepting = new Thread(() -> accept(listener), "accept");
        accepting.setDaemon(true);
        accepting.start();
        say("ready");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = in.readLine()) != null; ) {
            String[] words = line.trim().split(" ");
            switch (words[0]) {
                case "deliver" -> deliveries.submit(() -> deliver(words[1], words[2], words[3], words[4]));
                case "drop" -> {
                    SMPPServerSession bound = session.getAndSet(null);
                    if (bound != null) {
                        bound.close();
                    }
                }
                default -> say("unknown command " + words[0]);
            }
        }
        System.exit(0);
    }

    /** Loopback listens on 127.0.0.1 only. */
    private static final class Loopback implements ServerConnectionFactory {
        @Override
        public ServerConnection listen(int port) throws IOException {
            return listen(port, 0, 0);
        }

        @Override
        public ServerConnection listen(int port, int timeout) throws IOException {
            return listen(port, timeout, 0);
        }

        @Override
        public ServerConnection listen(int port, int timeout, int backlog) throws IOException {
            ServerSocket socket = new ServerSocket(port, backlog, InetAddress.getByName("127.0.0.1"));
            socket.setSoTimeout(timeout);
            return new ServerSocketConnection(socket);
        }
    }

    private static synchronized void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private void accept(SMPPServerSessionListener listener) {
        while (true) {
            try {
                SMPPServerSession one = listener.accept();
                BindRequest bind = one.waitForBind(BIND_MAX);
                if (!bind.getSystemId().equals(systemID) || !bind.getPassword().equals(password)) {
                    bind.reject(SMPPConstant.STAT_ESME_RINVPASWD);
                    continue;
                }
                one.setTransactionTimer(RESPONSE_MAX);
                bind.accept(systemID, InterfaceVersion.IF_34);
                session.set(one);
                say("bound");
            } catch (java.net.SocketTimeoutException e) {
                // nobody came; accept again
            } catch (Exception e) {
                say("failed " + e);
            }
        }
    }

    private void deliver(String id, String from, String to, String hex) {
        byte[] wide = HexFormat.of().parseHex(hex);
        String text = new String(wide, StandardCharsets.UTF_16BE);
        boolean plain = text.chars().allMatch(c -> c >= ' ' && c < 0x7f);
        DataCoding coding = new GeneralDataCoding(plain ? Alphabet.ALPHA_DEFAULT : Alphabet.ALPHA_UCS2);
        byte[] body = plain ? text.getBytes(StandardCharsets.US_ASCII) : wide;
        while (true) {
            SMPPServerSession bound = session.get();
            try {
                if (bound != null && bound.getSessionState().isReceivable()) {
                    bound.deliverShortMessage("", TypeOfNumber.INTERNATIONAL, NumberingPlanIndicator.ISDN, from.replace("+", ""),
                        TypeOfNumber.UNKNOWN, NumberingPlanIndicator.ISDN, to, new ESMClass(), (byte) 0, (byte) 0,
                        new RegisteredDelivery(0), coding, body);
                    say("acked " + id + " 0");
                    return;
                }
            } catch (NegativeResponseException e) {
                say("acked " + id + " " + e.getCommandStatus());
                return;
            } catch (Exception e) {
                say("failed " + e); // it comes again
            }
            try {
                Thread.sleep(AGAIN);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    @Override
    public SubmitSmResult onAcceptSubmitSm(SubmitSm m, SMPPServerSession from) throws ProcessRequestException {
        byte[] body = m.getShortMessage();
        String text = m.getDataCoding() == 8 ? new String(body, StandardCharsets.UTF_16BE) : new String(body, StandardCharsets.ISO_8859_1);
        String to = m.getDestAddress();
        if (m.getDestAddrTon() == TypeOfNumber.INTERNATIONAL.value() && !to.startsWith("+")) {
            to = "+" + to;
        }
        say("text " + to + " " + HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_16BE)));
        return new SubmitSmResult(ids.newMessageId(), new OptionalParameter[0]);
    }

    @Override
    public SubmitMultiResult onAcceptSubmitMulti(SubmitMulti m, SMPPServerSession from) throws ProcessRequestException {
        throw refused();
    }

    @Override
    public QuerySmResult onAcceptQuerySm(QuerySm m, SMPPServerSession from) throws ProcessRequestException {
        throw refused();
    }

    @Override
    public void onAcceptReplaceSm(ReplaceSm m, SMPPServerSession from) throws ProcessRequestException {
        throw refused();
    }

    @Override
    public void onAcceptCancelSm(CancelSm m, SMPPServerSession from) throws ProcessRequestException {
        throw refused();
    }

    @Override
    public BroadcastSmResult onAcceptBroadcastSm(BroadcastSm m, SMPPServerSession from) throws ProcessRequestException {
        throw refused();
    }

    @Override
    public void onAcceptCancelBroadcastSm(CancelBroadcastSm m, SMPPServerSession from) throws ProcessRequestException {
        throw refused();
    }

    @Override
    public QueryBroadcastSmResult onAcceptQueryBroadcastSm(QueryBroadcastSm m, SMPPServerSession from) throws ProcessRequestException {
        throw refused();
    }

    @Override
    public DataSmResult onAcceptDataSm(DataSm m, Session from) throws ProcessRequestException {
        throw refused();
    }

    private static ProcessRequestException refused() {
        return new ProcessRequestException("not served", SMPPConstant.STAT_ESME_RINVCMDID);
    }
}
