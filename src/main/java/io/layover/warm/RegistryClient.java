package io.layover.warm;

import io.layover.log.Reason;
import io.layover.oci.Excerpt;
import io.layover.oci.MediaTypes;
import io.layover.oci.RepositoryName;
import io.layover.upstream.Challenge;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Reads from the registry that is warmed, as who is logged in there. Everything here blocks. */
final class RegistryClient implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final int MOST_REDIRECTS = 5;
  private static final int LONGEST_ERROR = 64 << 10;

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(10))
          .build();
  private final URI server;
  private final @Nullable String login;
  private final Map<RepositoryName, String> authorizations = new ConcurrentHashMap<>();

  /**
   * @param login what Basic authentication sends; null: nobody is logged in
   */
  RegistryClient(URI server, @Nullable String login) {
    this.server = server;
    this.login = login;
  }

  /**
   * Gets something below a repository.
   *
   * @param path such as {@code manifests/latest}
   * @return an answer with 200, whose body is still to be read
   * @throws IOException if there is none, with what the registry says
   */
  HttpResponse<InputStream> get(RepositoryName name, String path)
      throws IOException, InterruptedException {
    var target = URI.create(server.toString().replaceFirst("/$", "") + "/v2/" + name + "/" + path);
    try {
      var answer = send(target, authorizations.get(name));
      if (answer.statusCode() == 401) {
        answer = sendAuthorized(name, target, answer);
      }
      answer = followed(answer);
      if (answer.statusCode() != 200) {
        throw new IOException(message(answer));
      }
      return answer;
    } catch (IllegalArgumentException e) {
      throw new IOException("the registry names an address that is none: " + e.getMessage());
    }
  }

  private HttpResponse<InputStream> sendAuthorized(
      RepositoryName name, URI target, HttpResponse<InputStream> refused)
      throws IOException, InterruptedException {
    var authorization = authorization(refused);
    if (authorization == null) {
      return refused;
    }
    refused.body().close();
    authorizations.put(name, authorization);
    return send(target, authorization);
  }

  /** Who is sent elsewhere has the right to it in the address, and says nothing of itself there. */
  private HttpResponse<InputStream> followed(HttpResponse<InputStream> first)
      throws IOException, InterruptedException {
    var answer = first;
    for (var i = 0; i < MOST_REDIRECTS && answer.statusCode() / 100 == 3; i++) {
      answer.body().close();
      var location = answer.headers().firstValue("Location").orElse("");
      answer = send(answer.uri().resolve(location), null);
    }
    return answer;
  }

  private HttpResponse<InputStream> send(URI target, @Nullable String authorization)
      throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(target).timeout(PATIENCE).header("Accept", MediaTypes.MANIFESTS);
    if (authorization != null) {
      request.header("Authorization", authorization);
    }
    try {
      return http.send(request.build(), BodyHandlers.ofInputStream());
    } catch (ConnectException e) {
      // The reason is in the sentence; as a cause it would stand for it.
      throw new IOException(target.resolve("/") + " cannot be reached: " + Reason.of(e));
    }
  }

  /** What is to be sent instead; null if nothing better is known. */
  private @Nullable String authorization(HttpResponse<?> refused)
      throws IOException, InterruptedException {
    for (var challenge : Challenge.parse(refused.headers().allValues("WWW-Authenticate"))) {
      if (challenge.scheme().equals("bearer")) {
        return "Bearer " + token(challenge.parameters());
      }
      if (challenge.scheme().equals("basic") && login != null) {
        return "Basic " + login;
      }
    }
    return null;
  }

  private String token(Map<String, String> wanted) throws IOException, InterruptedException {
    var realm = server.resolve(wanted.getOrDefault("realm", ""));
    if (login != null && !mayHavePasswords(server, realm)) {
      throw new IOException("no token from " + realm + ", which is no place for a password");
    }
    var query = new StringBuilder(realm.getRawQuery() == null ? "?" : "&");
    for (var key : new String[] {"service", "scope"}) {
      if (wanted.containsKey(key)) {
        query
            .append(key)
            .append('=')
            .append(URLEncoder.encode(wanted.get(key), StandardCharsets.UTF_8))
            .append('&');
      }
    }
    var answer =
        send(URI.create(realm + query.toString()), login == null ? null : "Basic " + login);
    if (answer.statusCode() != 200) {
      throw new IOException("no token from " + realm + ": " + message(answer));
    }
    try (var body = answer.body()) {
      var json = new JsonObject(text(body));
      var token = json.getString("token", json.getString("access_token"));
      if (token == null) {
        throw new IOException("no token from " + realm);
      }
      return token;
    } catch (DecodeException | ClassCastException e) {
      throw new IOException("no token from " + realm, e);
    }
  }

  /** What is told to a server by TLS is not told to others without. */
  static boolean mayHavePasswords(URI server, URI realm) {
    return "https".equals(realm.getScheme()) || !"https".equals(server.getScheme());
  }

  /** What the registry says of its refusal, or its status. */
  private static String message(HttpResponse<InputStream> answer) throws IOException {
    try (var body = answer.body()) {
      var error = new JsonObject(text(body)).getJsonArray("errors").getJsonObject(0);
      return Excerpt.of(error.getString("code") + ": " + error.getString("message"));
    } catch (DecodeException
        | ClassCastException
        | NullPointerException
        | IndexOutOfBoundsException e) {
      return "the registry answers " + answer.statusCode();
    }
  }

  private static String text(InputStream body) throws IOException {
    return new String(body.readNBytes(LONGEST_ERROR), StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    http.close();
  }
}
