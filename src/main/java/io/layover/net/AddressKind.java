package io.layover.net;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What an IP address is for. An IPv6 address that stands for an IPv4 one is of the kind of that.
 *
 * @see <a href="https://www.iana.org/assignments/iana-ipv4-special-registry">IANA, IPv4
 *     Special-Purpose Address Registry</a>
 */
public enum AddressKind {
  /** Tells a machine in a cloud its secrets. Some are among private or even public addresses. */
  METADATA(
      "169.254.169.254",
      "169.254.170.2",
      "169.254.170.23",
      "100.100.100.200",
      "192.0.0.192",
      "168.63.129.16",
      "fd00:ec2::/32",
      "fd20:ce::254",
      "fe80::a9fe:a9fe"),
  UNSPECIFIED("0.0.0.0/8", "::"),
  LOOPBACK("127.0.0.0/8", "::1"),
  PRIVATE("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10"),
  /** A provider's own, behind which its customers stand. */
  SHARED("100.64.0.0/10"),
  LINK_LOCAL("169.254.0.0/16", "fe80::/10"),
  MULTICAST("224.0.0.0/4", "255.255.255.255", "ff00::/8"),
  /** For documentation, measurements, or later. */
  RESERVED(
      "192.0.0.0/24",
      "192.0.2.0/24",
      "192.88.99.0/24",
      "198.18.0.0/15",
      "198.51.100.0/24",
      "203.0.113.0/24",
      "240.0.0.0/4",
      "64:ff9b:1::/48",
      "100::/64",
      "2001:db8::/32",
      "3fff::/20",
      "5f00::/16"),
  PUBLIC("0.0.0.0/0", "::/0");

  private static final int IPV4 = 4;

  /** Where an IPv6 address has an IPv4 one in it: compatible, translated, 6to4. */
  private static final Map<AddressBlock, Integer> EMBEDDED =
      Map.of(
          AddressBlock.parse("::/96"), 12,
          AddressBlock.parse("64:ff9b::/96"), 12,
          AddressBlock.parse("2002::/16"), 2);

  /** Has an IPv4 address in its last bytes, inverted. */
  private static final AddressBlock TEREDO = AddressBlock.parse("2001::/32");

  @SuppressWarnings("ImmutableEnumChecker") // It is a copy, and nobody changes an address.
  private final List<AddressBlock> blocks;

  AddressKind(String... blocks) {
    this.blocks = Stream.of(blocks).map(AddressBlock::parse).toList();
  }

  /** The kind of an address. */
  public static AddressKind of(InetAddress address) {
    // Of its bytes Java makes an IPv4 address where they are one that is mapped.
    var plain = fromBytes(address.getAddress());
    var known = kindOf(plain);
    // Also ::1 has the form of an embedded address, but is one of its own.
    return known == PUBLIC && !(plain instanceof Inet4Address) ? kindOf(embedded(plain)) : known;
  }

  private static AddressKind kindOf(InetAddress address) {
    return Stream.of(values())
        .filter(kind -> kind.blocks.stream().anyMatch(block -> block.contains(address)))
        .findFirst()
        .orElse(PUBLIC);
  }

  private static InetAddress embedded(InetAddress address) {
    var bytes = address.getAddress();
    if (TEREDO.contains(address)) {
      for (var i = bytes.length - IPV4; i < bytes.length; i++) {
        bytes[i] = (byte) ~bytes[i];
      }
      return ipv4(bytes, bytes.length - IPV4);
    }
    return EMBEDDED.entrySet().stream()
        .filter(form -> form.getKey().contains(address))
        .findFirst()
        .map(form -> ipv4(bytes, form.getValue()))
        .orElse(address);
  }

  private static InetAddress ipv4(byte[] bytes, int offset) {
    return fromBytes(Arrays.copyOfRange(bytes, offset, offset + IPV4));
  }

  private static InetAddress fromBytes(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address has four bytes, or sixteen", e);
    }
  }

  /** As in a sentence. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
