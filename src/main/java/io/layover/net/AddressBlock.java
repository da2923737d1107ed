package io.layover.net;

import com.google.common.net.InetAddresses;
import java.net.InetAddress;

/**
 * A block of IP addresses, as in {@code 10.0.0.0/8}; an address alone is a block of one.
 *
 * @param prefix how many of the first bits all of them share
 */
public record AddressBlock(InetAddress first, int prefix) {
  /** The bits before an IPv4 address in the IPv6 address that it is mapped to. */
  private static final int MAPPED = 96;

  /**
   * Reads a block. One of IPv6 addresses that IPv4 ones are mapped to is the block of those.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static AddressBlock parse(String text) {
    var slash = text.indexOf('/');
    var address = slash < 0 ? text : text.substring(0, slash);
    if (!InetAddresses.isInetAddress(address) || address.contains("%")) {
      throw new IllegalArgumentException("must be an address, or a block such as 10.0.0.0/8");
    }
    var first = InetAddresses.forString(address);
    var bits = first.getAddress().length * Byte.SIZE;
    // Of a mapped address, Java makes an IPv4 one.
    var before = address.contains(":") && bits < MAPPED ? MAPPED : 0;
    if (slash < 0) {
      return new AddressBlock(first, bits);
    }
    var prefix = text.substring(slash + 1);
    if (!prefix.matches("[0-9]{1,3}")
        || Integer.parseInt(prefix) < before
        || Integer.parseInt(prefix) > before + bits) {
      throw new IllegalArgumentException(
          "a block of these addresses ends in /%d to /%d".formatted(before, before + bits));
    }
    return new AddressBlock(first, Integer.parseInt(prefix) - before);
  }

  /** The block as it is written. */
  @Override
  public String toString() {
    return InetAddresses.toAddrString(first) + "/" + prefix;
  }

  /** Whether the block has a numeric address in it; no other text is in any. */
  public boolean contains(String address) {
    return InetAddresses.isInetAddress(address) && contains(InetAddresses.forString(address));
  }

  /** Whether the block has this address in it; one of the other kind it never has. */
  public boolean contains(InetAddress address) {
    var mine = first.getAddress();
    var other = address.getAddress();
    if (mine.length != other.length) {
      return false;
    }
    for (var bit = 0; bit < prefix; bit++) {
      var mask = 0x80 >> (bit % Byte.SIZE);
      if (((mine[bit / Byte.SIZE] ^ other[bit / Byte.SIZE]) & mask) != 0) {
        return false;
      }
    }
    return true;
  }
}
