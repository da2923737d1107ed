package io.layover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.config.ConfigException;
import io.layover.parts.Certificates;
import io.layover.parts.RealParts;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A token server that runs alone, by docker_auth's file. */
@Timeout(120)
class TokenServerTest {
  private static final String RULES =
      """
      users:
        admin: {password: "$2y$05$rLOtcvXB9TMFoQiwEXsNrO/3kX1tckX4PE8hsJmf6l2n47qYqY7BG"}
        "": {}
      acl:
        - match: {account: admin}
          actions: ["*"]
          comment: admins may do everything
        - match: {account: "", name: "hello-world"}
          actions: ["pull"]
      """;

  private final Vertx vertx = Vertx.vertx();

  @TempDir private Path folder;
  private @Nullable TokenServer server;

  @AfterEach
  void tearDown() {
    if (server != null) {
      server.close().await();
    }
    vertx.close().await();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "admin | sécret | repository:a/b:pull,push    | 200 | repository:a/b:pull,push",
        "admin | wrong  | repository:a/b:pull         | 401 | ''",
        "''    | ''     | repository:hello-world:pull | 200 | repository:hello-world:pull",
        "''    | ''     | repository:a/b:pull         | 200 | ''",
        "other | ''     | repository:hello-world:pull | 401 | ''",
      })
  void servesUsersAndRulesOfTheFile(
      String user, String password, String scope, int status, String granted) throws Exception {
    start("server: {addr: \"127.0.0.1:0\"}\n" + token() + RULES);
    var answer = ask("/auth?service=registry&scope=" + scope, user, password);
    assertEquals(status, answer.status);
    if (status == 200) {
      assertEquals(granted, answer.body.getString("scope"));
    }
  }

  @Test
  void usersAndRulesChangeWithTheFile() throws Exception {
    start("server: {addr: \"127.0.0.1:0\"}\n" + token() + RULES);
    var question = "/auth?service=registry&scope=repository:a/b:push";
    assertEquals(200, ask(question, "admin", "sécret").status);
    var next =
        Files.writeString(
            folder.resolve("next.yml"),
            "server: {addr: \"127.0.0.1:0\"}\n"
                + token()
                + RULES.replace("admin: {password", "other: {password"));
    Files.move(next, file(), StandardCopyOption.REPLACE_EXISTING);
    awaitStatus(401, question, "admin", "sécret");
    var answer = ask(question, "other", "sécret");
    assertEquals(200, answer.status);
    assertEquals("", answer.body.getString("scope"));
  }

  @Test
  void usersMayStandInAPasswordFileToo() throws Exception {
    var htpasswd = folder.resolve("htpasswd");
    Files.writeString(htpasswd, "bob:$apr1$JTcnkvSz$nG.lQNHWn63DSLMKcLUET1\n");
    start(
        "server: {addr: \"127.0.0.1:0\"}\nhtpasswd_auth: {path: \""
            + htpasswd
            + "\"}\n"
            + token()
            + RULES);
    assertEquals(200, ask("/auth?service=registry", "bob", "secret2").status);
    assertEquals(200, ask("/auth?service=registry", "admin", "sécret").status);
    assertEquals(401, ask("/auth?service=registry", "bob", "sécret").status);
    Files.writeString(htpasswd, "");
    awaitStatus(401, "/auth?service=registry", "bob", "secret2");
  }

  @Test
  void servesBelowAPrefix() throws Exception {
    start("server: {addr: \"127.0.0.1:0\", path_prefix: \"/tokens/\"}\n" + token() + RULES);
    assertEquals(200, ask("/tokens/auth?service=registry", "admin", "sécret").status);
    assertEquals(404, ask("/auth?service=registry", "admin", "sécret").status);
  }

  @Test
  void servesOnASocketOfAFile() throws Exception {
    var socket = folder.resolve("s");
    var config = "server: {net: unix, addr: \"" + socket + "\"}\n" + token() + RULES;
    Files.writeString(socket, "left behind");
    start(config);
    var answer =
        vertx
            .createHttpClient()
            .request(
                new RequestOptions()
                    .setServer(SocketAddress.domainSocketAddress(socket.toString()))
                    .setHost("tokens")
                    .setURI("/auth/jwks"))
            .compose(request -> request.send())
            .await(30, TimeUnit.SECONDS);
    assertEquals(200, answer.statusCode());
  }

  @Test
  @RealParts("openssl")
  void speaksTlsWithTheKeyThatSignsToo() throws Exception {
    var made = new Certificates(folder);
    var authority = made.authority("authority");
    var pair = made.signed("server", authority);
    start(
        """
        server:
          addr: "127.0.0.1:0"
          certificate: "%s"
          key: "%s"
          hsts: true
        token: {issuer: i, expiration: 900}
        """
                .formatted(pair.certificate(), pair.key())
            + RULES);
    var trust =
        new HttpClientOptions()
            .setSsl(true)
            .setTrustOptions(new PemTrustOptions().addCertPath(authority.certificate().toString()));
    var answer = ask(trust, "/auth?service=registry", "admin", "sécret");
    assertEquals(200, answer.status);
    assertEquals("RS256", header(answer).getString("alg"));
    assertThrows(
        Exception.class,
        () -> ask(new HttpClientOptions(), "/auth?service=registry", "admin", "sécret"));
  }

  @ParameterizedTest
  @CsvSource({"false, true", "true, true", "true, false"})
  void tokensNameTheirKeyAsTheFileSays(boolean thumbprint, boolean chain) throws Exception {
    start(
        "server: {addr: \"127.0.0.1:0\"}\n"
            + token()
            + "  disable_legacy_key_id: "
            + thumbprint
            + "\n"
            + "  disable_certificate_chain: "
            + !chain
            + "\n"
            + RULES);
    var header = header(ask("/auth?service=registry", "admin", "sécret"));
    assertEquals(thumbprint, !header.getString("kid").contains(":"));
    assertEquals(chain, header.containsKey("x5c"));
    assertTrue(Files.exists(folder.resolve("state/token.crt")));
  }

  @Test
  void saysWhyItCannotStart() throws Exception {
    var nowhere = "server: {addr: \"127.0.0.1:0\"}\ntoken: {issuer: i, expiration: 900}\n" + RULES;
    assertSentence("token.certificate and token.key are required", nowhere);
    assertSentence(
        "the key for tokens cannot be used",
        nowhere.replace("900}", "900, certificate: /nonexistent, key: /nonexistent}"));
    assertSentence(
        "htpasswd_auth.path",
        "server: {addr: \"127.0.0.1:0\"}\nhtpasswd_auth: {path: \""
            + Files.writeString(folder.resolve("bad"), "nonsense")
            + "\"}\n"
            + token()
            + RULES);
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertSentence(
          "server.addr 127.0.0.1:" + taken.getLocalPort(),
          "server: {addr: \"127.0.0.1:" + taken.getLocalPort() + "\"}\n" + token() + RULES);
    }
    write(token() + RULES);
    assertThrows(ConfigException.class, () -> TokenServer.start(file()));
  }

  private void assertSentence(String sentence, String text) throws IOException {
    write(text);
    var e = assertThrows(StartException.class, () -> TokenServer.start(file()));
    assertTrue(String.valueOf(e.getMessage()).contains(sentence), e::getMessage);
    assertFalse(String.valueOf(e.getMessage()).contains("Exception"), e::getMessage);
  }

  private String token() {
    return """
    token:
      issuer: "Acme auth server"
      expiration: 900
      directory: "%s"
    """
        .formatted(folder.resolve("state"));
  }

  private Path file() {
    return folder.resolve("auth_config.yml");
  }

  private void write(String text) throws IOException {
    Files.writeString(file(), text);
  }

  private void start(String text) throws Exception {
    write(text);
    server = TokenServer.start(file());
  }

  private int port() {
    if (server == null) {
      throw new IllegalStateException("not started");
    }
    return server.port();
  }

  private record Answer(int status, JsonObject body) {}

  private Answer ask(String path, String user, String password) throws Exception {
    return ask(new HttpClientOptions(), path, user, password);
  }

  private Answer ask(HttpClientOptions options, String path, String user, String password)
      throws Exception {
    var request = new RequestOptions().setHost("127.0.0.1").setPort(port()).setURI(path);
    if (!user.isEmpty()) {
      var text = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
      request.addHeader("Authorization", "Basic " + Base64.getEncoder().encodeToString(text));
    }
    var client = vertx.createHttpClient(options);
    try {
      return client
          .request(request)
          .compose(
              sending ->
                  sending
                      .send()
                      .compose(
                          response ->
                              response
                                  .body()
                                  .map(body -> new Answer(response.statusCode(), json(body)))))
          .await(30, TimeUnit.SECONDS);
    } finally {
      client.close().await();
    }
  }

  private static JsonObject json(Buffer body) {
    return body.length() == 0 ? new JsonObject() : new JsonObject(body);
  }

  private void awaitStatus(int status, String path, String user, String password) throws Exception {
    var end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (ask(path, user, password).status != status) {
      assertTrue(System.nanoTime() < end, "the change was not noticed");
      LockSupport.parkNanos(50_000_000);
    }
  }

  private static JsonObject header(Answer answer) {
    var token = answer.body.getString("token");
    return new JsonObject(
        new String(
            Base64.getUrlDecoder().decode(token.substring(0, token.indexOf('.'))),
            StandardCharsets.UTF_8));
  }
}
