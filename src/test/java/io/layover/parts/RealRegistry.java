package io.layover.parts;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** CNCF distribution as Debian packages it: as upstream, and as the one to compare with. */
public final class RealRegistry extends Registry {
  private final Path folder;
  private Path storage;
  private final String more;
  private String program = "docker-registry";
  private @Nullable String driver;

  private RealRegistry(String kind, String more) {
    this(Tools.freshFolder("registry-" + kind), more);
  }

  private RealRegistry(Path folder, String more) {
    super(folder.resolve("registry.log"));
    this.folder = folder;
    storage = folder.resolve("data");
    this.more = more;
  }

  /** Open to everybody. */
  public static RealRegistry plain() {
    return new RealRegistry("plain", "");
  }

  /** A pull-through cache of {@code upstream}. */
  public static RealRegistry proxy(String upstream) {
    return new RealRegistry("proxy", "proxy: {remoteurl: \"" + upstream + "\"}\n");
  }

  /** Asks for tokens of {@code server}. */
  public static RealRegistry token(TokenServer server) {
    return token(
        server.realm(),
        "service: %s, issuer: %s, rootcertbundle: \"%s\""
            .formatted(TokenServer.SERVICE, TokenServer.ISSUER, server.certificate()));
  }

  /**
   * Asks for tokens of a server.
   *
   * @param settings the rest of the section {@code auth.token}
   */
  public static RealRegistry token(String realm, String settings) {
    return new RealRegistry(
        "token", "auth:\n  token: {realm: \"%s\", %s}\n".formatted(realm, settings));
  }

  /** Asks for the password of alice, which is secret1. */
  public static RealRegistry basic() {
    var folder = Tools.freshFolder("registry-basic");
    var line = Command.of("htpasswd", "-nbBC", "4", "alice", "secret1").run().orFail();
    Tools.write(folder.resolve("htpasswd"), line);
    return new RealRegistry(
        folder,
        """
        auth:
          htpasswd: {realm: test, path: "%s"}
        """
            .formatted(folder.resolve("htpasswd")));
  }

  /** Runs another program: {@code registry} is distribution from version 3 on. */
  public RealRegistry program(String name) {
    program = name;
    return this;
  }

  /** Stores in a bucket, and sends nobody there. */
  public RealRegistry bucket(S3Server s3, String bucket) {
    driver = s3.section(bucket) + "\n  redirect: {disable: true}";
    return this;
  }

  @Override
  public RealRegistry start() {
    var stores =
        driver == null ? "filesystem: {rootdirectory: \"%s\"}".formatted(storage()) : driver;
    Tools.write(
        configFile(),
        """
        version: 0.1
        log: {level: info}
        storage:
          %s
          delete: {enabled: true}
        http: {addr: "%s", secret: test}
        """
                .formatted(stores, address())
            + more);
    start(Duration.ofSeconds(20));
    return this;
  }

  public Path configFile() {
    return folder.resolve("config.yml");
  }

  /** Debian's cannot read certificates from where that variable says, and does not start. */
  @Override
  Map<String, String> environment() {
    return driver == null ? Map.of() : Map.of("AWS_CA_BUNDLE", "");
  }

  @Override
  List<String> command() {
    return List.of(Tools.path(program), "serve", configFile().toString());
  }

  @Override
  public Path storage() {
    return storage;
  }

  /** Stores there, where another registry may have stored before. */
  public RealRegistry storage(Path root) {
    storage = root;
    return this;
  }

  /** How many requests succeeded whose method and path, somewhere in it, match. */
  public long count(String methodRegex, String pathRegex) {
    return count(methodRegex, pathRegex, "2..");
  }

  /** The same for the answers whose status matches. */
  public long count(String methodRegex, String pathRegex, String statusRegex) {
    var line =
        Pattern.compile(
            ("\"(?:" + methodRegex + ") [^ ]*(?:" + pathRegex + ")[^ ]* HTTP/1.1\" ")
                + ("(?:" + statusRegex + ") "));
    return line.matcher(output()).results().count();
  }

  /** Forgets what was counted. */
  public void forgetRequests() {
    Tools.write(log(), "");
  }

  /** Whether its storage holds this blob. */
  public boolean holds(String digest) {
    var hex = digest.substring("sha256:".length());
    return Files.exists(
        storage().resolve("docker/registry/v2/blobs/sha256/" + hex.substring(0, 2) + "/" + hex));
  }
}
