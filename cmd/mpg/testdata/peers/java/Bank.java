import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Queue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import org.jpos.core.SimpleConfiguration;
import org.jpos.iso.BaseChannel;
import org.jpos.iso.ISOMsg;
import org.jpos.iso.ISORequestListener;
import org.jpos.iso.ISOServer;
import org.jpos.iso.ISOSource;
import org.jpos.iso.channel.PostChannel;
import org.jpos.iso.packager.ISO87APackager;
import org.jpos.util.ThreadPool;

/**
 * Bank is a bank on jPOS: ISO 8583:1987 in ASCII behind two bytes of length. It
 * takes money out of the account in element 102 by the processing codes 00, pays it
 * into the account in element 103 by 20 and 21, and declines all others with 12. A 0100
 * sets money aside in the account in element 102, and a 0220 or 0221 takes that, or less,
 * once, and frees the rest. It finds the original of both, and of a reversal, by element 90
 * alone, forgets a reversal that came before its request, and misbehaves on demand.
 *
 * Its argument is the port on 127.0.0.1. Where messages have a code, those of Codes follow:
 * algorithm, key, padding and octets. A message whose code is wrong is as if it had never
 * come. Commands come by standard input, one a line; what it books goes to standard output:
 *
 *   open ACCOUNT CENTS                 an account
 *   next approve                       what becomes of the next request: as usual,
 *   next decline CODE                  declined,
 *   next silent                        booked and not answered,
 *   next lose                          booked, and the line is closed,
 *   next late MS                       booked, and answered after a while,
 *   next slow MS                       booked and answered after a while,
 *   next contradict CODE MS            declined, then booked and approved,
 *   next spoil                         booked, and answered with a wrong code
 *   mute N                             the next N reversals are not looked at
 *
 *   ready | debited STAN RRN ACCOUNT CENTS AUTH | restored STAN RRN ACCOUNT CENTS
 *   credited STAN RRN ACCOUNT CENTS AUTH | recalled STAN RRN ACCOUNT CENTS
 *   held STAN RRN ACCOUNT CENTS AUTH | taken STAN RRN ACCOUNT CENTS | released STAN RRN ACCOUNT CENTS
 *   answered MTI STAN CODE | told COMMAND | authentic MTI STAN | unauthentic MTI STAN
 */
public final class Bank implements ISORequestListener {
    /** Booking is what became of one request. */
    private static final class Booking {
        String stan, rrn, account, code, auth = "";
        long cents; // that the account gains; negative in a debit
        boolean reversed, aside, over; // given back; only set aside; what was set aside is taken

        String line(String did) {
            return did + " " + stan + " " + rrn + " " + account + " " + Math.abs(cents);
        }
    }

    private final Map<String, Long> accounts = new HashMap<>();
    private final Map<String, Booking> bookings = new HashMap<>(); // by the first 31 digits of element 90
    private final Queue<String[]> next = new ArrayDeque<>();
    private final ScheduledExecutorService later = Executors.newScheduledThreadPool(2);
    private final Codes codes; // null: there are none
    private int mute, serial;

    private Bank(String[] args) {
        codes = args.length == 1 ? null : new Codes(args[1], args[2], Integer.parseInt(args[3]), Integer.parseInt(args[4]), new ISO87APackager());
    }

    public static void main(String[] args) throws Exception {
        new Bank(args).run(Integer.parseInt(args[0]));
    }

    private void run(int port) throws Exception {
        ISOServer server = new ISOServer(port, new PostChannel(new ISO87APackager()), new ThreadPool(1, 50));
        Properties loopback = new Properties();
        loopback.setProperty("bind-address", "127.0.0.1");
        server.setConfiguration(new SimpleConfiguration(loopback));
        server.addISORequestListener(this);
        Thread accepting = new Thread(server, "accept");
        accepting.setDaemon(true);
        accepting.start();
        say("ready");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = in.readLine()) != null; ) {
            command(line.trim().split(" "));
        }
        System.exit(0);
    }

    private synchronized void command(String[] words) {
        switch (words[0]) {
            case "open" -> accounts.put(words[1], Long.parseLong(words[2]));
            case "next" -> next.add(words);
            case "mute" -> mute = Integer.parseInt(words[1]);
            default -> say("unknown command " + words[0]);
        }
        say("told " + words[0]);
    }

    private static synchronized void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    @Override
    public boolean process(ISOSource source, ISOMsg m) {
        try {
            if (codes != null) {
                boolean valid = codes.valid(m);
                say((valid ? "authentic " : "unauthentic ") + m.getMTI() + " " + m.getString(11));
                if (!valid) {
                    return true;
                }
            }
            switch (m.getMTI()) {
                case "0800" -> answer(source, m, "0810", "00", "");
                case "0200", "0100" -> request(source, m);
                case "0220", "0221" -> answer(source, m, "0230", take(m), "");
                case "0420", "0421" -> reversal(source, m);
                default -> say("unknown type " + m.getMTI());
            }
        } catch (Exception e) {
            say("failed " + e);
        }
        return true;
    }

    private void request(ISOSource source, ISOMsg m) throws Exception {
        String[] how;
        synchronized (this) {
            how = next.isEmpty() ? new String[] {"next", "approve"} : next.remove();
        }
        switch (how[1]) {
            case "decline" -> answer(source, m, answerTo(m), how[2], "");
            case "spoil" -> {
                Booking made = book(m);
                answer(source, m, answerTo(m), made.code, made.auth, true);
            }
            case "silent" -> book(m);
            case "lose" -> {
                book(m);
                ((BaseChannel) source).disconnect();
            }
            case "late" -> {
                Booking made = book(m);
                after(how[2], () -> answer(source, m, answerTo(m), made.code, made.auth));
            }
            case "slow" -> after(how[2], () -> bookAndAnswer(source, m));
            case "contradict" -> {
                answer(source, m, answerTo(m), how[2], "");
                after(how[3], () -> bookAndAnswer(source, m));
            }
            default -> bookAndAnswer(source, m);
        }
    }

    /** Work is what is done later. */
    private interface Work {
        void run() throws Exception;
    }

    private void after(String millis, Work work) {
        later.schedule(() -> {
            try {
                work.run();
            } catch (Exception e) {
                say("failed " + e);
            }
        }, Long.parseLong(millis), TimeUnit.MILLISECONDS);
    }

    private void bookAndAnswer(ISOSource source, ISOMsg m) throws Exception {
        Booking made = book(m);
        answer(source, m, answerTo(m), made.code, made.auth);
    }

    private static String answerTo(ISOMsg m) throws Exception {
        return m.getMTI().substring(0, 2) + "10";
    }

    /** take takes what a 0100 has set aside, once, and returns the response code. */
    private synchronized String take(ISOMsg m) throws Exception {
        String key = "0220" + m.getString(11) + m.getString(7) + padded(m.getString(32));
        Booking made = bookings.get(key);
        if (made != null) {
            return made.code;
        }
        made = new Booking();
        made.stan = m.getString(11);
        made.rrn = m.getString(37);
        long cents = Long.parseLong(m.getString(4));
        Booking held = bookings.get(m.getString(90).substring(0, 31));
        if (held == null || !held.aside || held.over || held.reversed || !held.code.equals("00")) {
            made.code = "25";
        } else if (!held.auth.equals(m.getString(38)) || !held.account.equals(m.getString(102))) {
            made.code = "30";
        } else if (cents > -held.cents) {
            made.code = "13";
        } else {
            made.code = "00";
            made.account = held.account;
            made.cents = -cents;
            held.over = true;
            accounts.merge(held.account, -held.cents - cents, Long::sum); // what is not taken
            say(made.line("taken"));
        }
        bookings.put(key, made);
        return made.code;
    }

    /** book moves the money of a request, once. */
    private synchronized Booking book(ISOMsg m) throws Exception {
        String key = m.getMTI() + m.getString(11) + m.getString(7) + padded(m.getString(32));
        Booking made = bookings.get(key);
        if (made == null) {
            made = decide(m);
            bookings.put(key, made);
        }
        return made;
    }

    /** decide books a request that is new, if it can be. */
    private Booking decide(ISOMsg m) throws Exception {
        Booking made = new Booking();
        made.aside = m.getMTI().equals("0100");
        made.stan = m.getString(11);
        made.rrn = m.getString(37);
        String type = m.hasField(3) ? m.getString(3).substring(0, 2) : "";
        boolean credit = type.equals("20") || type.equals("21");
        if (!credit && !type.equals("00")) {
            made.code = "12";
            return made;
        }
        made.account = m.getString(credit ? 103 : 102);
        if (made.account == null || m.hasField(credit ? 102 : 103)) {
            made.code = "30";
            return made;
        }
        long cents = Long.parseLong(m.getString(4));
        made.cents = credit ? cents : -cents;
        Long balance = accounts.get(made.account);
        if (balance == null) {
            made.code = "14";
        } else if (!credit && balance < cents) {
            made.code = "51";
        } else if (cents == 0) {
            made.code = "00"; // is the account good?
        } else {
            made.code = "00";
            made.auth = String.format("J%05d", ++serial);
            accounts.put(made.account, balance + made.cents);
            say(made.line(made.aside ? "held" : credit ? "credited" : "debited") + " " + made.auth);
        }
        return made;
    }

    /** padded is element 32 as element 90 has it: eleven digits, zeros where it is absent. */
    private static String padded(String acquirer) {
        String digits = acquirer == null ? "" : acquirer;
        return "0".repeat(11 - digits.length()) + digits;
    }

    private void reversal(ISOSource source, ISOMsg m) throws Exception {
        synchronized (this) {
            if (mute > 0) {
                mute--;
                return;
            }
        }
        answer(source, m, "0430", undo(m), "");
    }

    /** undo takes the money of the original back, once, and returns the response code. */
    private synchronized String undo(ISOMsg m) {
        String original = m.getString(90);
        String key = original.substring(0, 31);
        Booking made = bookings.get(key);
        if (made == null) {
            return "25";
        }
        if (made.over) {
            return "22"; // it was taken
        }
        if (made.code.equals("00") && !made.reversed) {
            made.reversed = true;
            accounts.merge(made.account, -made.cents, Long::sum);
            say(made.line(made.aside ? "released" : made.cents > 0 ? "recalled" : "restored"));
        }
        return "00";
    }

    private void answer(ISOSource source, ISOMsg request, String mti, String code, String auth) throws Exception {
        answer(source, request, mti, code, auth, false);
    }

    private void answer(ISOSource source, ISOMsg request, String mti, String code, String auth, boolean spoilt) throws Exception {
        ISOMsg m = (ISOMsg) request.clone();
        m.setMTI(mti);
        m.unset(18);
        m.unset(48);
        m.unset(90);
        m.set(39, code);
        if (!auth.isEmpty()) {
            m.set(38, auth);
        }
        if (codes != null) {
            codes.seal(m, spoilt);
        }
        say("answered " + mti + " " + m.getString(11) + " " + code);
        source.send(m);
    }
}
