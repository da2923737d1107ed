package io.layover.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The rules are those of Go's {@code golang.org/x/net/http/httpproxy}, which registries' clients
 * use.
 */
class ProxyChoiceTest {
  @ParameterizedTest(name = "NO_PROXY={0}: {1} directly: {2}")
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "\"\", https://a.example, false",
        "*, https://a.example, true",
        "a.example, https://a.example, true",
        "A.example, https://a.EXAMPLE/x, true",
        "a.example, https://b.a.example, true",
        "a.example, https://ba.example, false",
        ".a.example, https://b.a.example, true",
        ".a.example, https://a.example, false",
        "*.a.example, https://c.b.a.example, true",
        "*.a.example, https://a.example, false",
        "\"x , ,a.example\", https://a.example, true",
        "a.example:443, https://a.example, true",
        "a.example:8443, https://a.example, false",
        "a.example:8443, https://b.a.example:8443, true",
        "10.0.0.0/8, https://10.1.2.3, true",
        "10.0.0.0/8, https://11.1.2.3, false",
        "10.0.0.0/8, https://a.example, false",
        "10.0.0.0/99, https://10.1.2.3, false",
        "10.1.2.3, https://10.1.2.3:5000, true",
        "10.1.2.3:5000, https://10.1.2.3:5000, true",
        "10.1.2.3:5001, https://10.1.2.3:5000, false",
        "fd00::/8, https://[fd00::1], true",
        "fd00::1, https://[fd00::1], true",
        "[fd00::1]:5000, https://[fd00::1]:5000, true",
        "[fd00::1]:5000, https://[fd00::1], false",
        "\"\", https://localhost, true",
        "\"\", https://127.0.0.1:5000, true",
        "\"\", https://[::1], true",
      })
  void knowsWhatIsCalledDirectly(String noProxy, URI url, boolean direct) {
    var choice =
        ProxyChoice.of(Map.of("HTTPS_PROXY", "http://proxy.example:3128", "NO_PROXY", noProxy));
    assertEquals(direct, choice.of(url) == null);
  }

  @Test
  void choosesByScheme() {
    var choice =
        ProxyChoice.of(
            Map.of("HTTPS_PROXY", "one.example:1", "http_proxy", "socks5://two.example"));
    assertEquals("http://one.example:1", text(choice, "https://a.example"));
    assertEquals("socks5://two.example:1080", text(choice, "http://a.example"));
    assertNull(ProxyChoice.of(Map.of()).of(URI.create("https://a.example")));
    assertNull(ProxyChoice.DIRECT.of(URI.create("https://a.example")));
    var capitals = Map.of("HTTP_PROXY", "one.example", "http_proxy", "two.example");
    assertEquals("http://one.example:80", text(ProxyChoice.of(capitals), "http://a.example"));
  }

  @Test
  void whatIsConfiguredIsForAll() {
    var choice = ProxyChoice.parse("http://proxy.example:3128");
    assertEquals("http://proxy.example:3128", text(choice, "https://a.example"));
    assertEquals("http://proxy.example:3128", text(choice, "http://localhost"));
    assertEquals(choice, ProxyChoice.parse(choice.toString()));
    assertEquals(ProxyChoice.DIRECT, ProxyChoice.parse("none"));
    assertEquals("none", ProxyChoice.DIRECT.toString());
  }

  private static String text(ProxyChoice choice, String url) {
    return String.valueOf(choice.of(URI.create(url)));
  }

  @Test
  void readsUsersAndHidesPasswords() {
    var proxy = ForwardProxy.parse("http://me%40corp:p%3Aa+%2Fb@proxy.example:3128/");
    assertEquals("me@corp", proxy.user());
    assertEquals("p:a+/b", proxy.password());
    assertFalse(proxy.toString().contains("a+"), proxy::toString);
    assertTrue(proxy.toString().contains("proxy.example:3128"), proxy::toString);
    assertNotEquals(proxy, ForwardProxy.parse("http://me%40corp:other@proxy.example:3128/"));
    assertEquals("::1", ForwardProxy.parse("http://[::1]:3128").host());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"https://proxy.example", "ftp://p", "http://", "http://p:0", "a b", "p:70000"})
  void refuses(String text) {
    assertThrows(IllegalArgumentException.class, () -> ForwardProxy.parse(text));
    var e =
        assertThrows(
            IllegalArgumentException.class, () -> ProxyChoice.of(Map.of("HTTPS_PROXY", text)));
    assertTrue(String.valueOf(e.getMessage()).startsWith("HTTPS_PROXY "), e::getMessage);
  }
}
