package io.layover.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressBlockTest {
  @ParameterizedTest(name = "{0} {1} -> {2}")
  @CsvSource(
      textBlock =
"""
127.0.0.1,         127.0.0.1,        true
127.0.0.1,         127.0.0.2,        false
127.0.0.0/8,       127.255.0.1,      true
127.0.0.0/8,       128.0.0.1,        false
10.1.2.3/8,        10.9.9.9,         true
10.0.0.0/9,        10.127.255.255,   true
10.0.0.0/9,        10.128.0.0,       false
10.0.0.4/30,       10.0.0.7,         true
10.0.0.4/30,       10.0.0.8,         false
192.168.0.1/32,    192.168.0.1,      true
192.168.0.1/32,    192.168.0.0,      false
0.0.0.0/0,         203.0.113.9,      true
0.0.0.0/0,         2001:db8::1,      false
10.0.0.0/8,        ::ffff:10.1.1.1,  true
::ffff:10.0.0.1,   10.0.0.1,         true
::ffff:10.0.0.0/104, 10.9.9.9,       true
::ffff:10.0.0.0/104, 11.0.0.0,       false
::ffff:0:0/96,     11.0.0.0,         true
::/0,              2001:db8::1,      true
::/0,              10.0.0.1,         false
2001:db8::1,       2001:db8::1,      true
2001:db8::1,       2001:0DB8:0:0::1, true
2001:db8::1,       2001:db8::2,      false
2001:db8::/48,     2001:db8::2,      true
2001:db8::/48,     2001:db8:1::2,    false
2001:db8::/33,     2001:db8:7fff::,  true
2001:db8::/33,     2001:db8:8000::,  false
fe80::/10,         fe80::1%eth0,     true
10.0.0.0/8,        example.org,      false
10.0.0.0/8,        10.0.0,           false
""")
  void containsWhatBeginsLikeIt(String range, String address, boolean expected) {
    assertEquals(expected, AddressBlock.parse(range).contains(address));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      textBlock =
"""
``,               `must be an address, or a block such as 10.0.0.0/8`
/8,               `must be an address, or a block such as 10.0.0.0/8`
10.0.0/8,         `must be an address, or a block such as 10.0.0.0/8`
10.*,             `must be an address, or a block such as 10.0.0.0/8`
010.0.0.1,        `must be an address, or a block such as 10.0.0.0/8`
` 10.0.0.1`,      `must be an address, or a block such as 10.0.0.0/8`
fe80::1%eth0,     `must be an address, or a block such as 10.0.0.0/8`
fe80::%eth0/10,   `must be an address, or a block such as 10.0.0.0/8`
example.org,      `must be an address, or a block such as 10.0.0.0/8`
10.0.0.0/,        a block of these addresses ends in /0 to /32
10.0.0.0/33,      a block of these addresses ends in /0 to /32
10.0.0.0/-1,      a block of these addresses ends in /0 to /32
10.0.0.0/+8,      a block of these addresses ends in /0 to /32
10.0.0.0/8/8,     a block of these addresses ends in /0 to /32
10.0.0.0/255.0.0.0, a block of these addresses ends in /0 to /32
2001:db8::/129,   a block of these addresses ends in /0 to /128
::ffff:1.2.3.4/32, a block of these addresses ends in /96 to /128
""")
  void nothingElseIsOne(String text, String problem) {
    var e = assertThrows(IllegalArgumentException.class, () -> AddressBlock.parse(text));
    assertEquals(problem, e.getMessage());
  }
}
