package io.layover;

import io.layover.config.ConfigReader;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;

/**
 * A registry in this process with a token server inside, a mirror of an upstream that does not
 * answer where {@code private} is open for push, and a client of it.
 */
final class TokenRegistry implements AutoCloseable {
  /** Alice's password is {@code sécret}. */
  static final String USERS =
      """
      users:
        alice: {password: "$2y$05$rLOtcvXB9TMFoQiwEXsNrO/3kX1tckX4PE8hsJmf6l2n47qYqY7BG"}
        "": {}
      """;

  private static final String TOKEN = "token: {issuer: Acme auth server, expiration: 900}\n";
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final HttpClient http = HttpClient.newHttpClient();
  private final Path folder;
  private final Map<String, String> variables = new TreeMap<>();
  private Server server;

  private TokenRegistry(Path folder, String... moreVariables) {
    this.folder = folder;
    variables.put("REGISTRY_HTTP_ADDR", "127.0.0.1:0");
    variables.put("REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY", folder.resolve("data").toString());
    variables.put(
        "REGISTRY_PROXY_UPSTREAMS",
        "[{name: docker.io, remoteurl: 'http://127.0.0.1:1', default: true}]");
    variables.put("REGISTRY_PROXY_HOSTED", "['private/**']");
    variables.put("REGISTRY_AUTH_TOKEN_SERVER", file(folder).toString());
    for (var i = 0; i < moreVariables.length; i += 2) {
      variables.put(moreVariables[i], moreVariables[i + 1]);
    }
    server = launch();
  }

  /** Starts it on docker_auth's file, whose {@code token} may be left out. */
  static TokenRegistry start(Path folder, String sections, String... moreVariables) {
    write(folder, sections);
    return new TokenRegistry(folder, moreVariables);
  }

  private Server launch() {
    try {
      return Server.start(ConfigReader.read(null, variables));
    } catch (StartException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Path file(Path folder) {
    return folder.resolve("auth_config.yml");
  }

  private static void write(Path folder, String sections) {
    try {
      Files.writeString(file(folder), (sections.startsWith("token:") ? "" : TOKEN) + sections);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Changes docker_auth's file. */
  void write(String sections) {
    write(folder, sections);
  }

  /** Where it keeps what outlives it. */
  Path state() {
    return folder.resolve("data/layover/auth");
  }

  /** Ends it and starts it again over the same directory. */
  void restart() {
    server.close().await();
    server = launch();
  }

  String url() {
    return "http://127.0.0.1:" + server.port();
  }

  /** A request without a body; headers as name, value, … */
  HttpResponse<String> send(String method, String path, String... headers) throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create(url() + path))
            .timeout(LIMIT)
            .method(method, BodyPublishers.noBody());
    return http.send(
        (headers.length == 0 ? request : request.headers(headers)).build(),
        BodyHandlers.ofString());
  }

  /** An answer whose body is read by whoever asks for it. */
  HttpResponse<InputStream> open(String path, String token) throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create(url() + path)).header("Authorization", "Bearer " + token);
    return http.send(request.build(), BodyHandlers.ofInputStream());
  }

  /** The status of a request with a token; an empty one is not sent. */
  int status(String method, String path, String token) throws Exception {
    var answer =
        token.isEmpty()
            ? send(method, path)
            : send(method, path, "Authorization", "Bearer " + token);
    return answer.statusCode();
  }

  /** What the token server answers to a user, who is nobody if the name is empty. */
  HttpResponse<String> ask(String user, String password, String... scopes) throws Exception {
    var path = new StringBuilder("/auth/token?service=layover&offline_token=true");
    for (var scope : scopes) {
      path.append("&scope=").append(URLEncoder.encode(scope, StandardCharsets.UTF_8));
    }
    return user.isEmpty()
        ? send("GET", path.toString())
        : send("GET", path.toString(), "Authorization", basic(user, password));
  }

  /** A token of alice's, or of nobody's. */
  String token(String user, String... scopes) throws Exception {
    return new JsonObject(ask(user, "sécret", scopes).body()).getString("token");
  }

  /** What is granted in return for a refresh token. */
  HttpResponse<String> refresh(String token, String scope) throws Exception {
    var form =
        "grant_type=refresh_token&service=layover&client_id=test&refresh_token="
            + token
            + "&scope="
            + scope;
    return http.send(
        HttpRequest.newBuilder(URI.create(url() + "/auth"))
            .timeout(LIMIT)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(BodyPublishers.ofString(form))
            .build(),
        BodyHandlers.ofString());
  }

  static String basic(String user, String password) {
    return "Basic "
        + Base64.getEncoder()
            .encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
  }

  /** What a token says: part 0 is its header, part 1 its claims. */
  static JsonObject part(String token, int index) {
    var text = Base64.getUrlDecoder().decode(token.split("\\.", -1)[index]);
    return new JsonObject(new String(text, StandardCharsets.UTF_8));
  }

  /** What a token grants, as JSON. */
  static JsonArray access(String token) {
    return part(token, 1).getJsonArray("access");
  }

  @Override
  public void close() {
    http.shutdownNow();
    server.close().await();
  }
}
