package io.layover.config;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of a token server, complete and valid: docker_auth's file. {@link
 * AuthFileReader} makes it.
 *
 * @param server where it listens when it runs alone
 * @param users by name; the empty one is for everybody who did not say. Absent: no section
 * @param acl the rules in their order. Absent: no section
 * @param htpasswdAuth more users, in a file of htpasswd's form
 * @param extAuth a program that knows users
 * @param extAuthz a program that decides about access
 * @param warnings what is worth a line in the log, each with its place
 */
public record AuthFile(
    AuthServer server,
    Token token,
    @Key(value = "users", always = true) @Nullable Map<String, User> users,
    @Key(value = "acl", always = true) @Nullable List<AclEntry> acl,
    @Key("htpasswd_auth") @Nullable HtpasswdAuth htpasswdAuth,
    @Key("ext_auth") @Nullable Program extAuth,
    @Key("ext_authz") @Nullable Program extAuthz,
    List<String> warnings) {

  /**
   * What tokens are like.
   *
   * @param expiration in seconds
   * @param disableLegacyKeyId whether the key's id is its thumbprint of RFC 7638, not libtrust's
   * @param disableCertificateChain whether tokens do not bring their key's certificates; absent: if
   *     they are for the registry that the server is inside of, which knows the key
   * @param directory where what outlives the server is kept; absent: below the storage, or nowhere
   */
  public record Token(
      String issuer,
      int expiration,
      @Nullable Path certificate,
      @Nullable Path key,
      @Key("disable_legacy_key_id") boolean disableLegacyKeyId,
      @Key("disable_certificate_chain") @Nullable Boolean disableCertificateChain,
      @Nullable Path directory) {
    private static Token read(Section s) {
      if (!s.has("expiration")) {
        s.problem("expiration", "is required, in seconds");
      }
      s.requireBoth("certificate", "key");
      return new Token(
          s.required("issuer"),
          s.integer("expiration", 1, 0),
          s.path("certificate"),
          s.path("key"),
          s.flag("disable_legacy_key_id", false),
          s.value("disable_certificate_chain", Values::bool),
          s.path("directory"));
    }
  }

  /**
   * A user.
   *
   * @param password its bcrypt hash; absent: any password is right
   */
  public record User(@Nullable Secret password, Map<String, List<String>> labels) {
    private static User read(Section s) {
      if (s.keys().contains("password") && s.literal("password") == null) {
        s.problem(
            "password", "has no value; leave the key out to let the user in with any password");
      }
      var password = s.literal("password");
      return new User(
          password == null ? null : new Secret(password), s.section("labels").lists(text -> text));
    }
  }

  /** A file of htpasswd's form, whose users have no labels. */
  public record HtpasswdAuth(Path path) {
    private static @Nullable HtpasswdAuth read(Section file) {
      var s = file.section("htpasswd_auth");
      if (!file.has("htpasswd_auth")) {
        return null;
      }
      s.required("path");
      return new HtpasswdAuth(Objects.requireNonNullElse(s.path("path"), Path.of("")));
    }
  }

  /** A program that is run for every decision. */
  public record Program(String command, List<String> args) {
    private static @Nullable Program read(Section file, String key) {
      var s = file.section(key);
      if (!file.has(key)) {
        return null;
      }
      var command = s.required("command");
      if (!command.isEmpty() && !isThere(command)) {
        s.problem("command", "is no program that can be run");
      }
      return new Program(command, s.texts("args"));
    }

    /** A name without a slash is looked for where the system looks for programs. */
    private static boolean isThere(String command) {
      return command.contains("/")
          ? Files.isExecutable(Path.of(command))
          : Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
              .anyMatch(folder -> Files.isExecutable(Path.of(folder, command)));
    }
  }

  /** Reads every section; what is wrong is noted by {@code root}. */
  static AuthFile read(Section root, Problems problems) {
    root.skip("users", "acl");
    var file =
        new AuthFile(
            AuthServer.read(root.section("server")),
            Token.read(root.section("token")),
            root.has("users") ? users(root.section("users")) : null,
            root.has("acl") ? root.sections("acl").stream().map(AclEntry::read).toList() : null,
            HtpasswdAuth.read(root),
            Program.read(root, "ext_auth"),
            Program.read(root, "ext_authz"),
            List.of());
    if (file.users == null && file.htpasswdAuth == null && file.extAuth == null) {
      root.problem(
          "users",
          "is required, unless there is htpasswd_auth or ext_auth; write {} to let nobody in at"
              + " all");
    }
    if (file.acl == null && file.extAuthz == null) {
      root.problem("acl", "is required, unless there is ext_authz; write [] to grant nothing");
    }
    root.done();
    return file.with(problems.warnings());
  }

  private static Map<String, User> users(Section s) {
    var users = new LinkedHashMap<String, User>();
    for (var name : s.keys()) {
      if (s.has(name)) {
        users.put(name, User.read(s.section(name)));
      } else {
        s.skip(name);
        s.warn(name, "is no user, as nothing is written; write {} to let it in with any password");
      }
    }
    return Collections.unmodifiableMap(users);
  }

  private AuthFile with(List<String> warnings) {
    return new AuthFile(server, token, users, acl, htpasswdAuth, extAuth, extAuthz, warnings);
  }
}
