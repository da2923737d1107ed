package io.layover.config;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The section {@code server} of docker_auth's file: how a token server is reached that runs alone.
 * In one that is embedded it has no effect but for the certificate and key, which sign tokens where
 * the section {@code token} has none.
 *
 * @param addr where to listen; absent only if it is embedded, or {@code net} is unix
 * @param socket the path of a Unix socket, which stands in {@code addr}
 * @param pathPrefix empty, or what every path begins with: a slash and no slash at its end
 * @param realIpHeader the header that has the client's address; absent: that of the connection
 * @param realIpPos which of the addresses there; negative from the end
 * @param tlsMinVersion TLS10 to TLS13; absent: the default of TLS
 * @param tlsCurvePreferences such as P256 and X25519; empty: the default
 * @param tlsCipherSuites by the names of their standards; empty: the default
 */
public record AuthServer(
    @Nullable Address addr,
    @Key("addr") @Nullable Path socket,
    Http.Net net,
    @Key("path_prefix") String pathPrefix,
    @Key("real_ip_header") @Nullable String realIpHeader,
    @Key("real_ip_pos") int realIpPos,
    @Nullable Path certificate,
    @Nullable Path key,
    boolean hsts,
    @Key("tls_min_version") @Nullable String tlsMinVersion,
    @Key("tls_curve_preferences") List<String> tlsCurvePreferences,
    @Key("tls_cipher_suites") List<String> tlsCipherSuites,
    @Nullable LetsEncrypt letsencrypt) {

  /** A certificate from Let's Encrypt. */
  public record LetsEncrypt(
      @Nullable String email, @Nullable String host, @Key("cache_dir") @Nullable Path cacheDir) {}

  static AuthServer read(Section s) {
    var net = s.choice("net", Http.Net.TCP);
    var acme = s.section("letsencrypt");
    var letsencrypt =
        new LetsEncrypt(acme.text("email"), acme.text("host"), acme.path("cache_dir"));
    s.requireBoth("certificate", "key");
    var server =
        new AuthServer(
            net == Http.Net.TCP ? s.value("addr", Address::parse) : null,
            net == Http.Net.UNIX ? s.path("addr") : null,
            net,
            s.value("path_prefix", AuthServer::parsePrefix, ""),
            s.value("real_ip_header", AuthServer::parseHeader),
            s.integer("real_ip_pos", Integer.MIN_VALUE, 0),
            s.path("certificate"),
            s.path("key"),
            s.flag("hsts", false),
            s.value("tls_min_version", TlsNames::version),
            s.values("tls_curve_preferences", TlsNames::curve),
            s.values("tls_cipher_suites", TlsNames::suite),
            acme.has("email") ? letsencrypt : null);
    if ("TLS13".equals(server.tlsMinVersion) && !server.tlsCipherSuites.isEmpty()) {
      s.problem("tls_cipher_suites", "cannot be chosen when tls_min_version is TLS13");
    }
    return server;
  }

  /** Notes what is missing in one that is to run alone. */
  void checkAlone(Section s) {
    if (!s.has("addr")) {
      s.problem("addr", "is required");
    }
    if (letsencrypt != null && certificate == null) {
      s.problem("letsencrypt", Unserved.YET + "; write certificate and key");
    }
  }

  private static String parsePrefix(String text) {
    if (!text.matches("/[A-Za-z0-9._~/-]*")) {
      throw new IllegalArgumentException("must be a path that begins with a slash");
    }
    return text.replaceFirst("/+$", "");
  }

  private static String parseHeader(String text) {
    if (!Http.HEADER.matcher(text).matches()) {
      throw new IllegalArgumentException("is no name of a header");
    }
    return text;
  }
}
