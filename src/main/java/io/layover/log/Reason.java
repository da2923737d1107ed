package io.layover.log;

import java.io.EOFException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * What went wrong, in a few words for a person: "connection refused" where an exception has a line
 * of addresses, system calls and numbers.
 */
public final class Reason {
  private static final int DEEPEST = 16;

  /** {@code finishConnect(..) failed with error(-111): Connection refused: /192.0.2.1:443}. */
  private static final Pattern SYSTEM_CALL =
      Pattern.compile("failed with error\\(-?[0-9]+\\): ([A-Z][A-Za-z ]+)");

  /** {@code Failed to resolve 'registry.example' [A(1)]}, or the name alone, or with a reason. */
  private static final Pattern HOST = Pattern.compile("'([^']+)'|^([A-Za-z0-9._-]+)(?=$|: )");

  private static final List<String> KNOWN =
      List.of(
          "connection refused",
          "connection reset",
          "broken pipe",
          "no route to host",
          "network is unreachable",
          "address already in use",
          "cannot assign requested address",
          "permission denied",
          "no space left on device",
          "too many open files");

  private static final Pattern MILLIS = Pattern.compile("\\b([0-9]{1,9}) ?ms\\b");

  private Reason() {}

  /** The words for {@code e}, taken from the cause that says most. */
  public static String of(Throwable e) {
    @Nullable Throwable cause = e;
    for (var depth = 0; cause != null && depth < DEEPEST; depth++) {
      var words = words(cause);
      if (words != null) {
        return words;
      }
      cause = cause.getCause();
    }
    return text(rootOf(e));
  }

  /** The words for an exception whose meaning is known. */
  private static @Nullable String words(Throwable e) {
    return switch (e) {
      case FileSystemException file -> ofFile(file);
      case UnknownHostException unknown -> ofHost(unknown);
      case CertificateExpiredException expired -> "its certificate has expired";
      case CertPathBuilderException untrusted -> "its certificate is not trusted";
      case CertificateException wrong -> "its certificate is not good: " + text(wrong);
      case SSLException tls -> tls.getCause() == null ? "TLS failed: " + text(tls) : null;
      case TimeoutException late -> ofTime(late);
      case ConnectException refused when isTimeout(refused) -> ofTime(refused);
      // Its cause is a channel that is closed, which is no reason.
      case ConnectException silent when silent.getMessage() == null -> "no connection";
      case ClosedChannelException closed -> "connection closed";
      case RejectedExecutionException stopping -> "the server is stopping";
      case EOFException end -> end.getMessage() == null ? "connection closed" : null;
      default -> ofMessage(e.getMessage());
    };
  }

  private static @Nullable String ofMessage(@Nullable String message) {
    if (message == null) {
      return null;
    }
    var lower = message.toLowerCase(Locale.ROOT);
    var known = KNOWN.stream().filter(lower::contains).findFirst();
    if (known.isPresent()) {
      return known.get();
    }
    var call = SYSTEM_CALL.matcher(message);
    if (call.find()) {
      return lower(call.group(1));
    }
    return lower.equals("connection was closed") ? "connection closed" : null;
  }

  private static String ofFile(FileSystemException e) {
    var words =
        switch (e) {
          case AccessDeniedException denied -> "permission denied";
          case NoSuchFileException missing -> "no such file or directory";
          case NotDirectoryException file -> "not a directory";
          case FileAlreadyExistsException there -> "something else is there already";
          case DirectoryNotEmptyException full -> "the directory is not empty";
          default -> e.getReason() == null ? "it cannot be used" : lower(e.getReason());
        };
    return e.getFile() == null ? words : words + " (" + e.getFile() + ")";
  }

  private static String ofHost(UnknownHostException e) {
    var host = HOST.matcher(e.getMessage() == null ? "" : e.getMessage());
    if (!host.find()) {
      return "unknown host";
    }
    return "unknown host " + (host.group(1) == null ? host.group(2) : host.group(1));
  }

  private static boolean isTimeout(ConnectException e) {
    return String.valueOf(e.getMessage()).contains("timed out");
  }

  private static String ofTime(Exception e) {
    var message = String.valueOf(e.getMessage());
    var what = message.contains("connection") ? "no connection" : "no answer";
    var millis = MILLIS.matcher(message);
    return millis.find()
        ? what + " within " + seconds(Long.parseLong(millis.group(1)))
        : what + " in time";
  }

  /** A time as a person says it. */
  private static String seconds(long millis) {
    return millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms";
  }

  private static Throwable rootOf(Throwable e) {
    var root = e;
    for (var depth = 0; depth < DEEPEST && root.getCause() != null; depth++) {
      root = root.getCause();
    }
    return root;
  }

  private static String text(Throwable e) {
    return e.getMessage() == null || e.getMessage().isBlank()
        ? e.getClass().getSimpleName()
        : e.getMessage().lines().findFirst().orElse("").strip();
  }

  /** Without the capital letter at its start, unless it is an abbreviation. */
  private static String lower(String text) {
    return text.length() > 1 && Character.isLowerCase(text.charAt(1))
        ? Character.toLowerCase(text.charAt(0)) + text.substring(1).strip()
        : text.strip();
  }
}
