package io.layover.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.layover.net.AddressBlock;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a server believes of the headers that its caller, 127.0.0.1, sends. */
@Timeout(60)
class PeersTest {
  private static final Peers BEHIND_PROXIES =
      new Peers(List.of(AddressBlock.parse("127.0.0.0/8"), AddressBlock.parse("10.0.0.0/8")));

  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void close() throws Exception {
    vertx.close().await(20, TimeUnit.SECONDS);
  }

  private String seen(Peers peers, String headers) throws IOException {
    HttpServer server =
        vertx
            .createHttpServer()
            .requestHandler(
                request -> {
                  var peer = peers.of(request);
                  request
                      .response()
                      .end(peer.address() + " " + peer.scheme() + " " + peer.authority());
                })
            .listen(0, "127.0.0.1")
            .await();
    try (var connection = RawConnection.open(server.actualPort())) {
      var lines = headers.replace(" | ", "\r\n");
      return connection
          .send("GET / HTTP/1.1\r\nHost: direct:5000\r\n" + lines + "\r\n\r\n")
          .read()
          .body();
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiterString = "=>",
      quoteCharacter = '`',
      textBlock =
"""
X-Other: 1 => 127.0.0.1 http direct:5000
X-Forwarded-For: 192.0.2.1 => 192.0.2.1 http direct:5000
X-Forwarded-For: 192.0.2.9, 192.0.2.1, 10.1.2.3 => 192.0.2.1 http direct:5000
X-Forwarded-For: 10.9.9.9, 10.1.2.3 => 10.9.9.9 http direct:5000
X-Forwarded-For: 192.0.2.1:4711 => 192.0.2.1 http direct:5000
X-Forwarded-For: [2001:db8::1]:4711 => 2001:db8::1 http direct:5000
X-Forwarded-For: nonsense => 127.0.0.1 http direct:5000
X-Forwarded-For: nonsense, 10.1.2.3 => 10.1.2.3 http direct:5000
X-Forwarded-For: 192.0.2.2 | X-Forwarded-For: 192.0.2.1 => 192.0.2.1 http direct:5000
X-Forwarded-Proto: https | X-Forwarded-Host: reg.example => 127.0.0.1 https reg.example
X-Forwarded-Proto: HTTPS | X-Forwarded-Host: reg.example, inner => 127.0.0.1 https reg.example
X-Forwarded-Proto: ftp | X-Forwarded-Host: a b"c => 127.0.0.1 http direct:5000
X-Forwarded-For: 192.0.2.1 | X-Forwarded-Proto: https => 192.0.2.1 https direct:5000
Forwarded: for=192.0.2.1;proto=https;host=reg.example => 192.0.2.1 https reg.example
Forwarded: For="[2001:db8::7]:80" ; Proto=https => 2001:db8::7 https direct:5000
Forwarded: for=192.0.2.1;host=outer, for=10.0.0.1;host=inner => 192.0.2.1 http outer
Forwarded: for=192.0.2.9;host=forged, for=192.0.2.1;host=outer => 192.0.2.1 http outer
Forwarded: for=_hidden;proto=https => 127.0.0.1 https direct:5000
Forwarded: for=192.0.2.1 | X-Forwarded-For: 192.0.2.7 => 192.0.2.1 http direct:5000
Forwarded: ;;,,=,"" => 127.0.0.1 http direct:5000
""")
  void aTrustedProxyIsBelieved(String headers, String expected) throws IOException {
    assertEquals(expected, seen(BEHIND_PROXIES, headers));
  }

  @Test
  void nobodyElseIs() throws IOException {
    var headers = "X-Forwarded-For: 192.0.2.1 | X-Forwarded-Proto: https | Forwarded: host=evil";
    assertEquals("127.0.0.1 http direct:5000", seen(Peers.DIRECT, headers));
    var elsewhere = new Peers(List.of(AddressBlock.parse("10.0.0.0/8")));
    assertEquals("127.0.0.1 http direct:5000", seen(elsewhere, headers));
  }
}
