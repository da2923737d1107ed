package io.layover.net;

import com.google.common.net.InetAddresses;
import java.net.InetAddress;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Some hosts: one by its name, all below a domain ({@code *.example.com}), one by its address, or
 * those of a block of addresses ({@code 10.0.0.0/8}).
 */
public final class HostPattern {
  private static final Pattern NAME =
      Pattern.compile("(?:\\*\\.)?[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\\.[a-z0-9_][a-z0-9_-]{0,62})*");

  private final String text;
  private final @Nullable AddressBlock block;

  private HostPattern(String text, @Nullable AddressBlock block) {
    this.text = text;
    this.block = block;
  }

  /**
   * Reads a pattern.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static HostPattern parse(String text) {
    var lower = text.toLowerCase(Locale.ROOT);
    if (lower.indexOf('/') >= 0 || InetAddresses.isInetAddress(lower)) {
      return new HostPattern(lower, AddressBlock.parse(lower));
    }
    if (!NAME.matcher(lower).matches()) {
      throw new IllegalArgumentException(
          "must be a host, *.domain, an address or a block such as 10.0.0.0/8");
    }
    return new HostPattern(lower, null);
  }

  /** Whether it is this host, by the name it is called by. */
  public boolean isName(String host) {
    var lower = host.toLowerCase(Locale.ROOT);
    return block == null
        && (text.startsWith("*.") ? lower.endsWith(text.substring(1)) : lower.equals(text));
  }

  /** Whether it has this address in it. */
  public boolean contains(InetAddress address) {
    return block != null && block.contains(address);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof HostPattern that && text.equals(that.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /** The pattern in lower case. */
  @Override
  public String toString() {
    return text;
  }
}
