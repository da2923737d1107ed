package io.layover.config;

import java.nio.file.Path;
import java.util.List;

/** Reads docker_auth's file. */
public final class AuthFileReader {
  static final List<String> UNSERVED =
      List.of(
          "google_auth",
          "github_auth",
          "oidc_auth",
          "gitlab_auth",
          "ldap_auth",
          "mongo_auth",
          "xorm_auth",
          "plugin_authn",
          "acl_mongo",
          "acl_xorm",
          "casbin_authz",
          "plugin_authz");

  private AuthFileReader() {}

  /**
   * Whether a file is docker_auth's, not distribution's; false too if that cannot be told. A file
   * of distribution's always has a version.
   */
  public static boolean isOne(Path file) {
    try {
      var keys = YamlFile.read(file, "", new Problems()).fields().keySet();
      return !keys.contains("version") && (keys.contains("token") || keys.contains("acl"));
    } catch (ConfigException e) {
      return false;
    }
  }

  /**
   * The configuration of a token server inside the registry; where it listens is not required.
   *
   * @throws ConfigException with every problem there is
   */
  public static AuthFile embedded(Path file) {
    return read(file, false);
  }

  /**
   * The configuration of a token server that runs alone.
   *
   * @throws ConfigException with every problem there is
   */
  public static AuthFile alone(Path file) {
    return read(file, true);
  }

  private static AuthFile read(Path file, boolean isAlone) {
    var problems = new Problems();
    var root = Section.root(YamlFile.read(file, "", problems), problems);
    for (var key : UNSERVED) {
      root.skip(key);
      if (root.has(key)) {
        root.problem(key, Unserved.YET);
      }
    }
    var read = AuthFile.read(root, problems);
    if (isAlone) {
      read.server().checkAlone(root.section("server"));
    }
    problems.throwIfAny();
    return read;
  }
}
