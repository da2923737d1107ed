package io.layover.notify;

import io.layover.oci.Descriptor;
import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
import io.layover.oci.Tag;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client did to a manifest or a blob.
 *
 * @param actor the name of who did it; null if nobody was asked
 * @see <a href="https://distribution.github.io/distribution/about/notifications/">distribution,
 *     Work with notifications</a>
 */
public record Event(Action action, Target target, Cause request, @Nullable String actor) {
  /** What was done, in distribution's words. */
  public enum Action {
    PULL("pull"),
    PUSH("push"),
    MOUNT("mount"),
    DELETE("delete");

    private final String label;

    Action(String label) {
      this.label = label;
    }

    public String label() {
      return label;
    }
  }

  /**
   * What it was done to.
   *
   * @param content its type, digest and size; null if all that is known is which it was
   * @param digest null if a tag alone was deleted
   * @param from the repository that a blob was mounted from
   * @param url where it is to be had
   * @param references what a manifest refers to, where that is wanted
   */
  public record Target(
      RepositoryName repository,
      @Nullable Content content,
      @Nullable Digest digest,
      @Nullable Tag tag,
      @Nullable RepositoryName from,
      @Nullable String url,
      List<Descriptor> references) {}

  /**
   * What there is to say of bytes.
   *
   * @param size negative if it is not known
   */
  public record Content(String mediaType, long size) {}

  /**
   * The request that did it.
   *
   * @param address of the client, null if it is not known
   * @param host as the client named this server
   */
  public record Cause(
      @Nullable String address, @Nullable String host, String method, String userAgent) {}
}
