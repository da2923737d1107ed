package io.layover.net;

import com.google.common.net.InetAddresses;
import java.net.InetAddress;

/**
 * A block of IP addresses, as in {@code 10.0.0.0/8}; an address alone is a block of one.
 *
 * @param prefix how many of the first bits all of them share
 */
public record AddressBlock(InetAddress first, int prefix) {
  /**
   * Reads a block.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static AddressBlock parse(String text) {
    var slash = text.indexOf('/');
    var first = InetAddresses.forString(slash < 0 ? text : text.substring(0, slash));
    var bits = first.getAddress().length * Byte.SIZE;
    if (slash < 0) {
      return new AddressBlock(first, bits);
    }
    var prefix = text.substring(slash + 1);
    if (!prefix.matches("[0-9]{1,3}") || Integer.parseInt(prefix) > bits) {
      throw new IllegalArgumentException("a block of addresses ends in /0 to /" + bits);
    }
    return new AddressBlock(first, Integer.parseInt(prefix));
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
