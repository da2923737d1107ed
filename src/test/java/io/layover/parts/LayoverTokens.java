package io.layover.parts;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Layover as a token server, packaged, in a process of its own. */
public final class LayoverTokens extends Daemon {
  public static final String SERVICE = "test-registry";
  public static final String ISSUER = "Acme auth server";

  private final int port = Tools.freePort();
  private final Path folder;
  private String scheme = "http";

  private LayoverTokens(Path folder) {
    super(folder.resolve("layover.log"));
    this.folder = folder;
  }

  public static LayoverTokens create() {
    return new LayoverTokens(Tools.freshFolder("tokens"));
  }

  /**
   * Starts it.
   *
   * @param token what the section {@code token} has beside the issuer and the expiration
   * @param sections users, rules and the like, as YAML
   */
  public LayoverTokens start(String token, String sections) {
    write(token, sections);
    launch(Duration.ofSeconds(60));
    return this;
  }

  /** Starts it on a whole file, which makes it speak TLS on {@link #port}. */
  public LayoverTokens startEncrypted(String file) {
    scheme = "https";
    rewrite(file);
    launch(Duration.ofSeconds(60));
    return this;
  }

  /** The port that its file must name. */
  public int port() {
    return port;
  }

  /** Changes its file. */
  public void rewrite(String file) {
    Tools.write(configFile(), file);
  }

  private void write(String token, String sections) {
    rewrite(
        """
        server: {addr: "127.0.0.1:%d"}
        token: {issuer: "%s", expiration: 900, %s}
        %s
        """
            .formatted(port, ISSUER, token, sections));
  }

  public Path configFile() {
    return folder.resolve("auth_config.yml");
  }

  /** Where it keeps what it makes, if {@code token.directory} says so. */
  public Path state() {
    return folder.resolve("state");
  }

  public String realm() {
    return scheme + "://127.0.0.1:" + port + "/auth";
  }

  @Override
  List<String> command() {
    return LayoverProcess.command(LayoverProcess.launcherFlags(), "serve", configFile().toString());
  }

  @Override
  URI probe() {
    return URI.create(realm() + "/jwks");
  }
}
