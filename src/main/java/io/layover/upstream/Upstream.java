package io.layover.upstream;

import io.layover.oci.RepositoryName;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A registry that images are fetched from.
 *
 * @param name what clients call it, such as {@code docker.io}
 * @param base its address; a path, if any, stands before {@code /v2/}
 * @param prefix true if its images stand under its name here, false for the default upstream
 * @param offline true if it is never called
 */
public record Upstream(
    String name,
    URI base,
    @Nullable Credentials credentials,
    boolean prefix,
    Access access,
    Freshness freshness,
    boolean offline) {

  /** What it knows us by. */
  public record Credentials(String username, String password) {
    /** The value of an {@code Authorization} header. */
    String basic() {
      var pair = (username + ":" + password).getBytes(StandardCharsets.UTF_8);
      return "Basic " + Base64.getEncoder().encodeToString(pair);
    }

    @Override
    public String toString() {
      return username + ":********";
    }
  }

  /** Whom its limits count for, without telling who that is. */
  String credential() {
    return credentials == null ? "anonymous" : "account";
  }

  /** True for Docker Hub, whose official images stand under {@code library/}. */
  boolean isDockerHub() {
    return name.equals("docker.io")
        || base.getHost().toLowerCase(Locale.ROOT).endsWith(".docker.io");
  }

  /** The name there of a repository that stands under {@code local} here. */
  RepositoryName remote(RepositoryName local) {
    return prefix ? new RepositoryName(local.value().substring(name.length() + 1)) : local;
  }

  /** The name here of a repository that a client asks for by {@code asked} there. */
  public RepositoryName local(RepositoryName asked) {
    var there =
        isDockerHub() && asked.value().indexOf('/') < 0
            ? new RepositoryName("library/" + asked)
            : asked;
    return prefix ? RepositoryName.parse(name + "/" + there) : there;
  }
}
