package io.layover.eviction;

import io.layover.oci.Digest;
import io.layover.oci.RegistryException;
import io.layover.oci.RepositoryName;
import io.layover.storage.RepositoryStore.Kind;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * How the books look in the journal: the name that a number stands for from here on, a link as it
 * is now, and a link that is gone. Of several records about one link the last counts.
 */
final class Records {
  /** More than any record has. */
  static final int LARGEST = 300;

  private static final byte NAME = 1;
  private static final byte LINK = 2;
  private static final byte GONE = 3;
  private static final int SHA256 = 32;
  private static final int SHA512 = 64;

  private Records() {}

  static void name(ByteBuffer out, int number, RepositoryName name) {
    var text = name.value().getBytes(StandardCharsets.US_ASCII);
    out.put(NAME).putInt(number).putShort((short) text.length).put(text);
  }

  static void link(ByteBuffer out, Ledger ledger, int link) {
    var blob = ledger.links.blob(link);
    out.put(LINK)
        .putInt(ledger.links.repository(link))
        .put((byte) LinkTable.code(ledger.links.kind(link)))
        .putLong(ledger.links.stamp(link))
        .putLong(ledger.blobs.size(blob));
    ledger.blobs.writeDigest(blob, out);
  }

  static void gone(ByteBuffer out, Ledger.Gone gone) {
    var hash = HexFormat.of().parseHex(gone.digest().hex());
    out.put(GONE)
        .putInt(gone.repository())
        .put((byte) LinkTable.code(gone.kind()))
        .put((byte) hash.length)
        .put(hash);
  }

  /** Takes what the records of a journal say into a ledger. */
  static final class Reader implements Predicate<ByteBuffer> {
    private final Ledger ledger;
    private @Nullable RepositoryName[] names = new @Nullable RepositoryName[16];

    Reader(Ledger ledger) {
      this.ledger = ledger;
    }

    /** Reads a block; false if it has something in it that is no record. */
    @Override
    public boolean test(ByteBuffer block) {
      try {
        while (block.hasRemaining()) {
          if (!read(block)) {
            return false;
          }
        }
        return true;
      } catch (BufferUnderflowException | RegistryException e) {
        return false;
      }
    }

    private boolean read(ByteBuffer in) {
      return switch (in.get()) {
        case NAME -> readName(in);
        case LINK -> readLink(in);
        case GONE -> readGone(in);
        default -> false;
      };
    }

    private boolean readName(ByteBuffer in) {
      var number = in.getInt();
      var text = new byte[in.getShort() & 0xff_ff];
      in.get(text);
      // Numbers are given out one by one.
      if (number < 0 || number > names.length) {
        return false;
      }
      if (number == names.length) {
        names = Arrays.copyOf(names, 2 * number);
      }
      names[number] = RepositoryName.parse(new String(text, StandardCharsets.US_ASCII));
      return true;
    }

    private boolean readLink(ByteBuffer in) {
      var name = readReference(in);
      var kind = readKind(in);
      var stamp = in.getLong();
      var size = in.getLong();
      var digest = readDigest(in);
      if (name == null || kind == null || digest == null || stamp < 0) {
        return false;
      }
      var isHosted = ledger.names.owner(ledger.names.obtain(name)) == Limits.HOSTED;
      if (!isHosted) {
        var link = ledger.obtain(name, kind, digest);
        ledger.links.setStamp(link, stamp);
        ledger.resize(ledger.links.blob(link), Math.max(BlobTable.ABSENT, size));
        ledger.pass(stamp);
      }
      return true;
    }

    private boolean readGone(ByteBuffer in) {
      var name = readReference(in);
      var kind = readKind(in);
      var digest = readDigest(in);
      if (name == null || kind == null || digest == null) {
        return false;
      }
      var link = ledger.find(name, kind, digest);
      if (link != Ledger.NONE) {
        ledger.drop(link);
      }
      return true;
    }

    private @Nullable RepositoryName readReference(ByteBuffer in) {
      var number = in.getInt();
      return number < 0 || number >= names.length ? null : names[number];
    }

    private static @Nullable Kind readKind(ByteBuffer in) {
      var code = in.get();
      return code < 0 || code > 1 ? null : LinkTable.kindOf(code);
    }

    private static @Nullable Digest readDigest(ByteBuffer in) {
      var hash = new byte[in.get() & 0xff];
      in.get(hash);
      return switch (hash.length) {
        case SHA256 -> Digest.of("sha256", hash);
        case SHA512 -> Digest.of("sha512", hash);
        default -> null;
      };
    }
  }
}
