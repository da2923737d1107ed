package io.layover.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProxyTest {
  @ParameterizedTest
  @CsvSource({
    "https://registry-1.docker.io,   docker.io,         https://registry-1.docker.io",
    "https://index.docker.io/,       docker.io,         https://index.docker.io",
    "https://GHCR.io:443/,           ghcr.io,           https://ghcr.io",
    "HTTP://localhost:5001,          localhost:5001,    http://localhost:5001",
    "http://10.0.0.1:80,             10.0.0.1,          http://10.0.0.1",
    "https://example.com/a/b//,      example.com,       https://example.com/a/b",
    "https://example.com:80,         example.com:80,    https://example.com:80",
  })
  void remoteurlAloneIsTheDefaultUpstream(String url, String name, String normal) {
    assertEquals(
        List.of(
            new Upstream(
                name,
                URI.create(normal),
                true,
                null,
                List.of(),
                List.of(),
                Line.DEFAULT,
                Duration.ofDays(7),
                Freshness.DEFAULT)),
        proxy("{remoteurl: '" + url + "'}").upstreams());
  }

  @Test
  void remoteurlComesBesideTheListedOnes() {
    var proxy =
        proxy("{remoteurl: https://a.example, upstreams: [{remoteurl: https://b.example}]}");

    assertEquals(
        List.of("a.example true", "b.example false"),
        proxy.upstreams().stream().map(u -> u.name() + " " + u.isDefault()).toList());
  }

  @Test
  void remoteurlAndAnEntryOfItAreOne() {
    var proxy =
        proxy(
            """
            {remoteurl: https://a.example/, username: u, password: p, ttl: 1h, tagttl: 2h,
             upstreams: [{name: hub, remoteurl: https://A.example:443, tagttl: 3h}]}
            """);

    var upstream = proxy.upstreams().getFirst();
    assertEquals(1, proxy.upstreams().size());
    assertEquals("hub", upstream.name());
    assertEquals(true, upstream.isDefault());
    assertEquals(new Credentials("u", new Secret("p")), upstream.credentials());
    assertEquals(Duration.ofHours(1), upstream.ttl());
    assertEquals(Duration.ofHours(3), upstream.freshness().tagttl());
  }

  @Test
  void credentialsStayWithTheirUpstream() {
    var proxy =
        proxy(
            """
            {remoteurl: https://a.example, username: u, password: p,
             upstreams: [{remoteurl: https://b.example},
                         {remoteurl: https://c.example, username: x, password: y}]}
            """);

    assertEquals(new Credentials("u", new Secret("p")), proxy.upstreams().get(0).credentials());
    assertNull(proxy.upstreams().get(1).credentials());
    assertEquals(new Credentials("x", new Secret("y")), proxy.upstreams().get(2).credentials());
  }

  private static Proxy proxy(String yaml) {
    var proxy = Read.file("version: 0.1\nproxy: " + yaml).proxy();
    assertNotNull(proxy);
    return proxy;
  }
}
