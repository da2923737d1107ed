package io.layover;

import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/** What came of a command, and what it wrote. */
record Ran(int exit, String out, String err) {
  static Ran of(Object command, String... words) {
    var out = new StringWriter();
    var err = new StringWriter();
    var exit =
        new CommandLine(command)
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(words);
    return new Ran(exit, out.toString(), err.toString());
  }
}
