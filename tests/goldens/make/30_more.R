# Further cases on other data, unbalanced panels among them: Rscript 30_inputs.R, then Rscript 30_more.R, from this folder.
# GOLDEN_ALL=1 keeps every case of the grids; otherwise a few of each generator are kept, the same at every run.
source("gen_30.R"); source("gen_31.R"); source("gen_32.R"); suppressPackageStartupMessages(library(lmtest))
ALL <- nzchar(Sys.getenv("GOLDEN_ALL")); thin <- function(k) THIN <<- if (ALL) 1L else as.integer(k)
id <- c("id", "time"); gj <- c("firm", "year")
PANELS <- list(list("sim_n3_t30.csv", id, "near"), list("sim_n7_t12.csv", id, "tiny"), list("sim_n9_t50.csv", id, "ma"), list("sim_n30_t9.csv", id, "ar"), list("sim_n5_t104.csv", id, "near"), list("sim_n16_t22.csv", id, "factor"), list("sim_ragged_n15.csv", id, "huge"), list("sim_ragged_n8.csv", id, "walk"),
  list("grunfeld.csv", gj, "value"), list("gasoline.csv", c("country", "year"), "lrpmg"), list("produc.csv", c("state", "year"), "hwy", "log"))
thin(61); for (p in PANELS) more_purtest(p[[1]], p[[2]], p[[3]], if (length(p) > 3) p[[4]])
thin(29); for (p in PANELS) more_cips(p[[1]], p[[2]], p[[3]], if (length(p) > 3) p[[4]])
save_cases("20_panel_unitroot", "plm")
thin(5); for (p in PANELS) more_cd(p[[1]], p[[2]], p[[3]], if (length(p) > 3) p[[4]])
thin(2); more_cd("sim_rotating_n6.csv", id, "walk"); more_cd("empluk.csv", gj, "capital", "log")
thin(9); for (f in c("sim_n3_t30.csv", "sim_n30_t9.csv", "sim_ragged_n15.csv", "sim_ragged_n8.csv")) more_cd_model(f, id, "coint ~ walk + ar", "coint"); more_cd_model("sumhes.csv", c("country", "year"), "log(gdp) ~ sr + log(pop)", "growth"); more_cd_model("empluk.csv", gj, "log(emp) ~ log(capital) + log(wage)", "demand")
save_cases("21_dependence", "plm")
thin(3); for (f in c("sim_n3_t30.csv", "sim_n16_t22.csv", "sim_ragged_n15.csv", "sim_ragged_n8.csv")) { more_dh(f, id, "cause", "ar"); more_dh(f, id, "huge", "ma", diff = TRUE) }; more_dh("aer_guns.csv", c("state", "year"), "violent", "prisoners", TRUE, "log")
SYSTEMS <- list(list("r_longley.csv", c("gnp", "employed")), list("r_eustock.csv", c("dax", "smi", "cac", "ftse")), list("raotbl4.csv", c("can", "fra", "ger")), list("raotbl6.csv", c("rgnp", "ulc", "gdf")), list("raotbl7.csv", c("m1", "p", "gdp", "r")), list("ecb.csv", c("gdp.nom", "m3")), list("nporg.csv", c("gnp.n", "M", "bnd")), list("r_series.csv", c("sales", "lead")), list("aer_usmacrosw.csv", c("tbill", "tbond", "ffrate")))
thin(4); for (y in SYSTEMS) more_granger(y[[1]], y[[2]][1:2])
save_cases("24_granger", c("plm", "lmtest"))
thin(11); for (y in SYSTEMS) more_system(y[[1]], y[[2]])
save_cases("11_ts_coint", c("urca", "tseries"))
thin(19); for (s in list(list("r_series.csv", "nile"), list("r_series.csv", "nottem"), list("r_series.csv", "lynx"), list("r_series.csv", "airline"), list("r_series.csv", "uspop"), list("r_series.csv", "jj"), list("r_eustock.csv", "dax"), list("raotbl4.csv", "fra"), list("raotbl6.csv", "gdf"), list("raotbl7.csv", "r"), list("npext.csv", "velocity"), list("nporg.csv", "sp"), list("aer_ukinflation.csv", "actual"), list("finland.csv", "difp"))) more_series(s[[1]], s[[2]])
save_cases("10_ts_unitroot", c("urca", "tseries"))
thin(17); for (y in SYSTEMS) more_gts(y[[1]], y[[2]])
thin(7); for (p in PANELS) more_gpanel(p[[1]], p[[2]], p[[3]], if (length(p) > 3) p[[4]])
pk_ <- pk; pk <- function(p) paste("gretl", GV()); save_cases("26_gretl", "gretl"); pk <- pk_
# mean groups, random effects and their tests: unbalanced panels, and fewer entities than coefficients of a between regression
source("gen_23.R"); source("gen_25.R"); add_ <- add
STATIC <- list(list("sim_n3_t30.csv", id, "coint ~ walk + ar + near", "small"), list("sim_ragged_n15.csv", id, "coint ~ walk + ar", "ragged"), list("sim_ragged_n8.csv", id, "tiny ~ ar", "ragged"), list("sim_n16_t22.csv", id, "factor ~ ar + near + ma", "factor"), list("aer_fatalities.csv", c("state", "year"), "log(fatal) ~ beertax + unemp + log(income)", "beer"))
add <- function(id, method, input, call, options = list(), expr, ...) { if (grepl("Robust covariance", method) || !keep()) return(invisible()); add_(id, method, input, call, options, expr, ...) }
thin(7); for (s in STATIC) gen_static(s[[1]], s[[2]], s[[3]], s[[4]], vc = FALSE)
.cases <- lapply(.cases, function(z) { z$expected$vcov <- NULL; z }); save_cases("25_panelreg", "plm")
thin(2); for (s in STATIC[c(2, 4)]) gen_mg(s[[1]], s[[2]], s[[3]], s[[4]])
save_cases("23_longrun", "plm")
