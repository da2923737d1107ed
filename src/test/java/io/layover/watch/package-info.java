/** Real files that change as editors and Kubernetes change them. */
@NullMarked
package io.layover.watch;

import org.jspecify.annotations.NullMarked;
