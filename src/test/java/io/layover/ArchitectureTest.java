package io.layover;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/**
 * The arrows between packages go one way: http, upstream -> registry -> storage -> oci. The root
 * puts the parts together.
 */
@AnalyzeClasses(packages = "io.layover", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String ROOT = "io.layover";

  @ArchTest
  static final ArchRule values =
      classes()
          .that()
          .resideInAPackage("..layover.oci..")
          .should()
          .onlyDependOnClassesThat(
              resideInAPackage("..layover.oci..").or(not(resideInAPackage("io.layover.."))))
          .because("values stand at the bottom");

  @ArchTest
  static final ArchRule valuesDoNothing =
      noClasses()
          .that()
          .resideInAPackage("..layover.oci..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.vertx..", "io.netty..", "java.nio.file..", "java.net..")
          .because("values have no input or output");

  @ArchTest static final ArchRule storage = mayUse("storage", "futures", "log", "oci", "trace");
  @ArchTest static final ArchRule registry = mayUse("registry", "futures", "storage", "oci");
  @ArchTest static final ArchRule eviction = mayUse("eviction", "futures", "log", "storage", "oci");

  @ArchTest
  static final ArchRule upstream =
      mayUse("upstream", "futures", "log", "net", "registry", "storage", "oci", "trace");

  @ArchTest
  static final ArchRule http =
      mayUse("http", "auth", "net", "notify", "registry", "storage", "oci", "trace");

  @ArchTest
  static final ArchRule auth = mayUse("auth", "futures", "log", "net", "oci", "pattern", "watch");

  @ArchTest static final ArchRule notifications = mayUse("notify", "log", "oci");
  @ArchTest static final ArchRule config = mayUse("config", "net", "oci", "pattern");
  @ArchTest static final ArchRule metrics = mayUse("metrics", "oci", "trace");
  @ArchTest static final ArchRule upkeep = mayUse("upkeep", "log", "registry", "storage", "oci");
  @ArchTest static final ArchRule warm = mayUse("warm", "log", "oci", "upstream");
  @ArchTest static final ArchRule health = mayUse("health");
  @ArchTest static final ArchRule futures = mayUse("futures");
  @ArchTest static final ArchRule pattern = mayUse("pattern");
  @ArchTest static final ArchRule watch = mayUse("watch", "log");
  @ArchTest static final ArchRule log = mayUse("log", "config", "oci");
  @ArchTest static final ArchRule net = mayUse("net");
  @ArchTest static final ArchRule trace = mayUse("trace", "log");

  @ArchTest
  static final ArchRule nothingUsesHttp =
      isUsedOnlyBy("http", ROOT, "..layover.demo..").because("the core is tested without it");

  @ArchTest
  static final ArchRule configIsReadOnce =
      isUsedOnlyBy("config", ROOT, "..layover.log..")
          .because("a class receives the values it needs, never the tree");

  @ArchTest
  static final ArchRule noCycles = slices().matching("io.layover.(*)..").should().beFreeOfCycles();

  private static ArchRule mayUse(String from, String... others) {
    var allowed = resideInAPackage("..layover." + from + "..");
    for (var other : others) {
      allowed = allowed.or(resideInAPackage("..layover." + other + ".."));
    }
    return classes()
        .that()
        .resideInAPackage("..layover." + from + "..")
        .should()
        .onlyDependOnClassesThat(allowed.or(not(resideInAPackage("io.layover.."))));
  }

  private static ArchRule isUsedOnlyBy(String name, String... users) {
    var itself = "..layover." + name + "..";
    return noClasses()
        .that(not(resideInAPackage(itself).or(resideInAnyPackage(users))))
        .should()
        .dependOnClassesThat()
        .resideInAPackage(itself);
  }
}
