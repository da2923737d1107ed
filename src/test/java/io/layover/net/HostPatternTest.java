package io.layover.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.common.net.InetAddresses;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostPatternTest {
  @ParameterizedTest(name = "{0} has {1}: {2}")
  @CsvSource({
    "cdn.example, cdn.example, true",
    "CDN.example, cdn.EXAMPLE, true",
    "cdn.example, a.cdn.example, false",
    "*.example, cdn.example, true",
    "*.example, a.b.example, true",
    "*.example, example, false",
    "*.example, notexample, false",
    "10.0.0.0/8, 10.0.0.0, false",
  })
  void knowsNames(String pattern, String host, boolean has) {
    assertEquals(has, HostPattern.parse(pattern).isName(host));
  }

  @ParameterizedTest(name = "{0} has {1}: {2}")
  @CsvSource({
    "10.0.0.0/8, 10.255.0.1, true",
    "10.9.9.9/8, 10.255.0.1, true",
    "10.0.0.0/8, 11.0.0.1, false",
    "10.1.2.3, 10.1.2.3, true",
    "10.1.2.3, 10.1.2.4, false",
    "192.168.1.128/25, 192.168.1.127, false",
    "192.168.1.128/25, 192.168.1.200, true",
    "0.0.0.0/0, 8.8.8.8, true",
    "0.0.0.0/0, ::1, false",
    "fd00::/8, fd12::1, true",
    "fd00::/8, fe80::1, false",
    "::1, ::1, true",
    "cdn.example, 10.0.0.1, false",
  })
  void knowsAddresses(String pattern, String address, boolean has) {
    assertEquals(has, HostPattern.parse(pattern).contains(InetAddresses.forString(address)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "*",
        "a.*.example",
        "http://cdn.example",
        "cdn.example:443",
        "10.0.0.0/33",
        "10.0.0.0/x",
        "10.0.0/8",
        "cdn.example/8",
        "fd00::/129",
        "-a.example",
        "a..b",
      })
  void refuses(String text) {
    assertThrows(IllegalArgumentException.class, () -> HostPattern.parse(text));
  }
}
