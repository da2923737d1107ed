package io.layover.log;

import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Why something failed, in a few words for the log. */
public final class Reason {
  private Reason() {}

  /** The words for an exception and, where it says nothing, for what caused it. */
  public static String of(Throwable e) {
    return switch (e) {
      case AccessDeniedException denied -> "permission denied for " + denied.getFile();
      case NoSuchFileException missing -> missing.getFile() + " does not exist";
      case FileSystemException file when file.getReason() != null ->
          file.getReason() + ": " + file.getFile();
      case UnknownHostException unknown -> "unknown host: " + withoutCode(unknown.getMessage());
      case ConnectException refused when contains(refused, "refused") -> "connection refused";
      case ClosedChannelException closed -> "the connection was closed";
      case RejectedExecutionException stopping -> "the server is stopping";
      case TimeoutException late -> "no answer in time";
      default -> {
        var cause = e.getCause();
        var own = withoutCode(e.getMessage());
        if (cause == null) {
          yield own.isEmpty() ? e.getClass().getSimpleName() : own;
        }
        var why = of(cause);
        yield own.isEmpty() || own.equals(firstLine(cause.toString()))
            ? why
            : own.contains(why) ? own : own + ": " + why;
      }
    };
  }

  private static boolean contains(Throwable e, String word) {
    return e.getMessage() != null && e.getMessage().contains(word);
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("");
  }

  /** One line, without the system call and the number that native transports put in front. */
  private static String withoutCode(@Nullable String message) {
    return message == null
        ? ""
        : firstLine(message)
            .replaceFirst("^[a-zA-Z]+\\(\\.\\.\\) failed with error\\(-?[0-9]+\\): ", "");
  }
}
