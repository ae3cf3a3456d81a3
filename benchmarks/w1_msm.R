# The peer of w1_cav.py: msm's own example data. Rscript w1_msm.R WHICH(a|b|c|d) HOW(lbfgsb|nlm) HESSIAN(0|1) RUNS
# msm at its best settings: L-BFGS-B or nlm instead of the default, exact gradients.
suppressMessages(library(msm))
arguments <- commandArgs(TRUE)
two_way <- rbind(c(0, .25, 0, .25), c(.166, 0, .166, .166), c(0, .25, 0, .25), rep(0, 4))
one_way <- rbind(c(0, .148, 0, .0171), c(0, 0, .202, .081), c(0, 0, 0, .126), rep(0, 4))
errors <- rbind(c(0, .1, 0, 0), c(.1, 0, .1, 0), c(0, .1, 0, 0), rep(0, 4))
more <- switch(arguments[1],
  a = list(qmatrix = two_way),
  b = list(qmatrix = two_way, covariates = ~sex, center = FALSE),
  c = list(qmatrix = one_way, ematrix = errors, obstrue = quote(firstobs)),
  d = list(qmatrix = one_way, ematrix = errors, obstrue = quote(firstobs), misccovariates = ~sex,
           center = FALSE))
search <- if (arguments[2] == "nlm") {
  list(opt.method = "nlm", fscale = 4000, iterlim = 1000)
} else {
  list(control = list(fnscale = 4000, maxit = 10000), method = "L-BFGS-B")
}
took <- Inf
for (run in seq_len(as.integer(arguments[4]))) {
  began <- proc.time()
  fitted <- suppressWarnings(do.call(msm, c(
    list(formula = state ~ years, subject = quote(PTNUM), data = msm::cav, deathexact = 4,
         hessian = arguments[3] == "1"), more, search)))
  took <- min(took, (proc.time() - began)["elapsed"])
}
cat(sprintf("%.4f %.8f %s\n", took, fitted$minus2loglik, packageVersion("msm")))
