package io.layover.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.net.InetAddresses;
import java.net.Inet6Address;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressKindTest {
  @ParameterizedTest(name = "{0} is {1}")
  @CsvSource({
    "93.184.216.34, PUBLIC",
    "172.15.255.255, PUBLIC",
    "172.32.0.0, PUBLIC",
    "100.63.255.255, PUBLIC",
    "100.128.0.0, PUBLIC",
    "2606:2800:220:1::1, PUBLIC",
    "127.0.0.1, LOOPBACK",
    "127.255.255.254, LOOPBACK",
    "::1, LOOPBACK",
    "10.0.0.1, PRIVATE",
    "172.16.0.1, PRIVATE",
    "172.31.255.255, PRIVATE",
    "192.168.1.1, PRIVATE",
    "fd12:3456::1, PRIVATE",
    "fec0::1, PRIVATE",
    "100.64.0.1, SHARED",
    "169.254.0.1, LINK_LOCAL",
    "fe80::1, LINK_LOCAL",
    "169.254.169.254, METADATA",
    "169.254.170.2, METADATA",
    "100.100.100.200, METADATA",
    "192.0.0.192, METADATA",
    "168.63.129.16, METADATA",
    "fd00:ec2::254, METADATA",
    "0.0.0.0, UNSPECIFIED",
    "0.1.2.3, UNSPECIFIED",
    "::, UNSPECIFIED",
    "224.0.0.1, MULTICAST",
    "255.255.255.255, MULTICAST",
    "ff02::1, MULTICAST",
    "198.18.0.1, RESERVED",
    "203.0.113.7, RESERVED",
    "240.0.0.1, RESERVED",
    "2001:db8::1, RESERVED",
    // IPv4 in the clothes of IPv6: mapped, compatible, translated, 6to4, Teredo.
    "::ffff:127.0.0.1, LOOPBACK",
    "::ffff:8.8.8.8, PUBLIC",
    "::10.0.0.1, PRIVATE",
    "64:ff9b::169.254.169.254, METADATA",
    "64:ff9b::8.8.8.8, PUBLIC",
    "2002:7f00:1::1, LOOPBACK",
    "2002:a9fe:a9fe::1, METADATA",
    "2001:0:4136:e378:8000:63bf:f7f7:f7f7, PUBLIC",
    "2001:0:4136:e378:8000:63bf:f5ff:fffe, PRIVATE",
  })
  void knows(String address, AddressKind kind) {
    assertEquals(kind, AddressKind.of(InetAddresses.forString(address)));
  }

  /** Java reads it as IPv4 everywhere, but not from the wire. */
  @Test
  void unmapsWhatArrivesAsBytes() throws Exception {
    var bytes = HexFormat.of().parseHex("00000000000000000000ffff7f000001");
    assertEquals(AddressKind.LOOPBACK, AddressKind.of(Inet6Address.getByAddress(null, bytes, -1)));
  }
}
