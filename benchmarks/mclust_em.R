# EM of mclust for em_iterations.py: Rscript mclust_em.R N D K iterations < samples, as doubles.
#
# Starts at weights 1/K, the first K samples as means and identity covariances. Writes mclust's
# version, the CPU and the wall seconds, the iterations done, the log-likelihood, and by how much the
# peak of the resident memory grew (bytes; NA where the system does not tell).

suppressMessages(library(mclust))

peak <- function() {
  if (!file.exists("/proc/self/status")) return(NA)
  line <- grep("^VmHWM", readLines("/proc/self/status"), value = TRUE)
  1024 * as.numeric(gsub("[^0-9]", "", line))
}

arguments <- as.integer(commandArgs(trailingOnly = TRUE))
n <- arguments[1]; d <- arguments[2]; k <- arguments[3]
input <- file("stdin", "rb")
samples <- matrix(readBin(input, "double", n * d), ncol = d, byrow = TRUE)
close(input)

identity <- array(diag(d), c(d, d, k))
variance <- list(modelName = "VVV", d = d, G = k, sigma = identity, cholsigma = identity)
start <- list(pro = rep(1 / k, k), mean = t(samples[1:k, , drop = FALSE]), variance = variance)
control <- emControl(itmax = arguments[4])
control$tol <- c(-1, -1)  # below any change: emControl() itself takes no negative tolerance

invisible(gc())
# Linux sets a peak back to what is resident now.
if (file.exists("/proc/self/clear_refs")) cat("5", file = "/proc/self/clear_refs")
before <- peak()
begin <- proc.time()
fit <- em(samples, modelName = "VVV", parameters = start, control = control)
spent <- proc.time() - begin
cat(as.character(packageVersion("mclust")), spent[["user.self"]] + spent[["sys.self"]],
    spent[["elapsed"]], attr(fit, "info")[["iterations"]],
    format(fit$loglik, digits = 17), peak() - before, "\n")
