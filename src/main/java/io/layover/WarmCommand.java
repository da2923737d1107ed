package io.layover;

import io.layover.log.Reason;
import io.layover.oci.ImageName;
import io.layover.oci.RegistryException;
import io.layover.warm.Logins;
import io.layover.warm.Platform;
import io.layover.warm.Warmer;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Pulls images before somebody waits for them. */
@Command(
    name = "warm",
    description = {
      "Pulls images through a running Layover, so that they are in its cache when they are needed."
          + " It is logged in as docker is: by ~/.docker/config.json."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0: all of them are there", "1: some are not"},
    exitCodeOnInvalidInput = 1,
    mixinStandardHelpOptions = true)
final class WarmCommand implements Callable<Integer> {
  @Option(
      names = "--platform",
      paramLabel = "OS/ARCH",
      converter = PlatformText.class,
      description =
          "Of an image for several platforms, that for this one; may be given several times."
              + " Default: that of this machine.")
  private List<Platform> platforms = new ArrayList<>();

  @Option(names = "--all-platforms", description = "All of an image for several platforms.")
  private boolean allPlatforms;

  @Option(
      names = "--server",
      paramLabel = "URL",
      converter = ServerText.class,
      description = "The Layover. Default: ${DEFAULT-VALUE}")
  private URI server = URI.create("http://127.0.0.1:5000");

  @Option(
      names = {"-q", "--quiet"},
      description = "Says only what is not there.")
  private boolean quiet;

  @Parameters(
      arity = "1..*",
      paramLabel = "IMAGE",
      converter = ImageText.class,
      description =
          "What is pulled, by the name that it has in Layover, with its tag or digest, such as"
              + " library/alpine:3.22")
  private List<ImageName> images = new ArrayList<>();

  @Spec private CommandSpec spec = CommandSpec.create();

  private final Map<String, String> environment;

  WarmCommand() {
    this(System.getenv());
  }

  /**
   * @param environment says where docker's passwords are
   */
  WarmCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  private static final class PlatformText implements ITypeConverter<Platform> {
    @Override
    public Platform convert(String text) {
      try {
        return Platform.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  private static final class ServerText implements ITypeConverter<URI> {
    @Override
    public URI convert(String text) {
      try {
        var server = new URI(text);
        if (server.getHost() != null && String.valueOf(server.getScheme()).matches("https?")) {
          return server;
        }
      } catch (URISyntaxException e) {
        throw new TypeConversionException(e.getMessage());
      }
      throw new TypeConversionException("a server is a URL, such as https://mirror.example:5000");
    }
  }

  private static final class ImageText implements ITypeConverter<ImageName> {
    @Override
    public ImageName convert(String text) {
      try {
        return ImageName.parse(text);
      } catch (RegistryException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  @Override
  public Integer call() throws InterruptedException {
    var missing = 0;
    try (var progress = Progress.on(quiet);
        var warmer = new Warmer(server, Logins.read(Logins.file(environment)), progress)) {
      for (var image : images) {
        missing += isPulled(warmer, image, progress) ? 0 : 1;
      }
    } catch (IOException e) {
      spec.commandLine().getErr().println(Reason.of(e));
      return 1;
    }
    return missing == 0 ? 0 : 1;
  }

  private boolean isPulled(Warmer warmer, ImageName image, Progress progress)
      throws InterruptedException {
    var begun = System.nanoTime();
    try {
      var pulled = warmer.pull(image, wanted());
      progress.close();
      if (!quiet) {
        say(image, pulled, (System.nanoTime() - begun) / 1e9);
      }
      return true;
    } catch (IOException e) {
      progress.close();
      spec.commandLine().getErr().println(image + ": " + Reason.of(e));
      return false;
    }
  }

  private List<Platform> wanted() {
    if (allPlatforms) {
      return List.of();
    }
    return platforms.isEmpty() ? List.of(Platform.here()) : platforms;
  }

  private void say(ImageName image, Warmer.Pulled pulled, double seconds) {
    var out = spec.commandLine().getOut();
    out.println(
        "%s: %.1f MB in %.1f s (manifests: %d, blobs: %d), %s"
            .formatted(
                image,
                pulled.bytes() / 1e6,
                seconds,
                pulled.manifests(),
                pulled.blobs(),
                pulled.fetched() == 0
                    ? "none of it from an upstream"
                    : pulled.fetched() + " of them from an upstream"));
    out.flush();
  }
}
