# Further inputs: simulated panels (seeded; every file says so in its name) and series of R's datasets package.
# Run from this folder: Rscript 30_inputs.R
IN <- Sys.getenv("GOLDEN_IN", "../inputs")
out <- function(d, f) write.csv(d, file.path(IN, f), row.names = FALSE, quote = FALSE)
ar <- function(n, rho, burn = 50) { e <- rnorm(n + burn); x <- numeric(n + burn); for (t in 2:(n + burn)) x[t] <- rho * x[t - 1] + e[t]; x[-seq_len(burn)] }
# walk: random walks; near: root .97 and trend; ar: root .5; ma: walk whose steps are a moving average with -.6; factor: a
# common walk and own noise; coint: walk + stationary error; cause: driven by the lag of ar; huge, tiny: scales 1e9, 1e-7
panel <- function(seed, N, T, first = rep(1, N), last = rep(T, N)) { set.seed(seed); f <- cumsum(rnorm(T))
  d <- do.call(rbind, lapply(seq_len(N), function(i) { w <- cumsum(rnorm(T)); a <- ar(T, .5); e <- rnorm(T + 1)
    z <- data.frame(id = i, time = 2000 + seq_len(T), walk = w - 3, near = ar(T, .97) + .1 * seq_len(T) - 5, ar = a,
      ma = 50 + cumsum(e[-1] - .6 * e[-(T + 1)]), factor = runif(1, .5, 1.5) * f + rnorm(T), coint = i + .8 * w + ar(T, .6),
      cause = c(rnorm(1), .4 * a[-T] + rnorm(T - 1)), huge = 1e9 * (5 + cumsum(rnorm(T, .2))), tiny = 1e-7 * ar(T, .9))
    z[first[i]:last[i], ] }))
  d[-(1:2)] <- signif(d[-(1:2)], 6); d }
out(panel(1, 3, 30), "sim_n3_t30.csv"); out(panel(2, 7, 12), "sim_n7_t12.csv"); out(panel(3, 9, 50), "sim_n9_t50.csv")
out(panel(4, 30, 9), "sim_n30_t9.csv"); out(panel(5, 5, 104), "sim_n5_t104.csv"); out(panel(8, 16, 22), "sim_n16_t22.csv")
set.seed(6); out(panel(6, 15, 40, first = sample(1:12, 15, TRUE), last = sample(28:40, 15, TRUE)), "sim_ragged_n15.csv")
set.seed(7); out(panel(7, 8, 25, first = c(1, 1, 3, 5, 1, 7, 2, 1), last = c(25, 20, 25, 22, 18, 25, 25, 24)), "sim_ragged_n8.csv")
out(panel(9, 6, 20, first = c(1, 1, 5, 9, 14, 1), last = c(6, 12, 13, 16, 20, 20)), "sim_rotating_n6.csv")
ts1 <- function(...) { l <- lapply(list(...), as.numeric); n <- max(lengths(l)); as.data.frame(lapply(l, function(x) c(x, rep(NA, n - length(x))))) }
d <- datasets::longley; names(d) <- tolower(names(d)); out(d, "r_longley.csv")
out(ts1(nottem = nottem, ukgas = log(UKgas), nile = Nile, lynx = log(lynx), huron = LakeHuron, airline = log(AirPassengers), sales = BJsales, lead = BJsales.lead, uspop = uspop, jj = JohnsonJohnson), "r_series.csv")
d <- as.data.frame(EuStockMarkets)[1:300, ]; names(d) <- tolower(names(d)); out(d, "r_eustock.csv")
library(urca); g <- function(n) { e <- new.env(); data(list = n, package = "urca", envir = e); as.data.frame(get(n, e)) }
for (k in c("Raotbl4", "Raotbl6", "Raotbl7")) out(g(k), paste0(tolower(k), ".csv"))
