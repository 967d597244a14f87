import java.util.Arrays;
import java.util.HexFormat;

import org.bouncycastle.crypto.Mac;
import org.bouncycastle.crypto.engines.AESEngine;
import org.bouncycastle.crypto.engines.DESEngine;
import org.bouncycastle.crypto.macs.CMac;
import org.bouncycastle.crypto.macs.ISO9797Alg3Mac;
import org.bouncycastle.crypto.paddings.ISO7816d4Padding;
import org.bouncycastle.crypto.params.KeyParameter;
import org.jpos.iso.ISOException;
import org.jpos.iso.ISOMsg;
import org.jpos.iso.ISOPackager;

/**
 * Codes makes and checks message authentication codes by Bouncy Castle: ANSI X9.19, which is
 * algorithm 3 of ISO/IEC 9797-1 with its padding method 1 or 2, or AES-CMAC. A code stands in
 * element 64, or in 128 where there are elements above 64, and is made of the packed message
 * up to there, with the bitmap that announces it. Network messages have none.
 */
final class Codes {
    private static final int LENGTH = 8, PACKED = 16; // octets, and the digits that they are packed as

    private final String algorithm;
    private final byte[] key;
    private final int padding, octets;
    private final ISOPackager packager;

    /** The algorithm is x9.19 or aes-cmac; octets is how many of a code are sent, before zeros. */
    Codes(String algorithm, String key, int padding, int octets, ISOPackager packager) {
        this.algorithm = algorithm;
        this.key = HexFormat.of().parseHex(key);
        this.padding = padding;
        this.octets = octets;
        this.packager = packager;
    }

    private byte[] code(ISOMsg m, int element) throws ISOException {
        ISOMsg copy = (ISOMsg) m.clone();
        copy.setPackager(packager);
        copy.set(element, new byte[LENGTH]);
        byte[] packed = copy.pack();
        Mac mac = algorithm.equals("aes-cmac") ? new CMac(AESEngine.newInstance())
            : padding == 2 ? new ISO9797Alg3Mac(new DESEngine(), LENGTH * 8, new ISO7816d4Padding()) : new ISO9797Alg3Mac(new DESEngine(), LENGTH * 8);
        mac.init(new KeyParameter(key));
        mac.update(packed, 0, packed.length - PACKED);
        byte[] whole = new byte[mac.getMacSize()];
        mac.doFinal(whole, 0);
        byte[] sent = new byte[LENGTH];
        System.arraycopy(whole, 0, sent, 0, octets);
        return sent;
    }

    private static boolean has(ISOMsg m) throws ISOException {
        return m.getMTI().charAt(1) != '8';
    }

    private static int element(ISOMsg m) {
        return m.getMaxField() > 64 ? 128 : 64;
    }

    /** valid reports whether a message has the code that it should have. */
    boolean valid(ISOMsg m) throws ISOException {
        int element = element(m);
        return !has(m) || m.hasField(element) && Arrays.equals(m.getBytes(element), code(m, element));
    }

    /** seal gives a message its code; spoilt changes one bit of it. */
    void seal(ISOMsg m, boolean spoilt) throws ISOException {
        m.unset(64);
        m.unset(128);
        if (!has(m)) {
            return;
        }
        int element = element(m);
        byte[] code = code(m, element);
        code[0] ^= (byte) (spoilt ? 1 : 0);
        m.set(element, code);
    }
}
