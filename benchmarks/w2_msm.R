# The peer of w2_fit.py. Rscript w2_msm.R FILE COVARIATES(0|3) HESSIAN(0|1)
# msm at its best setting: L-BFGS-B instead of the default, exact gradients, crude starting values.
suppressMessages(library(msm))
arguments <- commandArgs(TRUE)
panel <- read.csv(arguments[1])
structure <- rbind(c(0, 1, 0, 0, 1), c(1, 0, 1, 0, 1), c(0, 1, 0, 1, 1), c(0, 0, 1, 0, 1), rep(0, 5))
began <- proc.time()
start <- crudeinits.msm(state ~ time, id, data = panel, qmatrix = structure)
fitted <- msm(state ~ time, subject = id, data = panel, qmatrix = start, deathexact = 5,
              covariates = if (arguments[2] == "3") ~ age10 + male + alone else NULL,
              center = FALSE, hessian = arguments[3] == "1", opt.method = "optim",
              method = "L-BFGS-B", control = list(fnscale = 4 * nrow(panel), maxit = 1000))
took <- proc.time() - began
cat(sprintf("%.3f %.3f %.8f %s\n", took["elapsed"], took["user.self"], fitted$minus2loglik,
            packageVersion("msm")))
