# Generators of cases with further options: every option of plm::purtest, cipstest, pcdtest, of urca and tseries.
source("common.R"); source("common2.R")
IN <- Sys.getenv("GOLDEN_IN", "../inputs"); OUT <- Sys.getenv("GOLDEN_OUT", "../outputs/more"); dir.create(OUT, FALSE)
THIN <- as.integer(Sys.getenv("GOLDEN_THIN", "1"))                    # of the grid of options every THIN-th case is kept
.seen <- 0L
keep <- function() { .seen <<- .seen + 1L; (.seen * 7919L) %% THIN == 0L }
put <- function(id, method, input, call, options, expr, ...) if (keep()) add(id, method, input, call, options, expr, ...)
pseries <- function(f, idx, v, fn) { d <- rdf(f); if (!is.null(fn)) d[[v]] <- get(fn)(d[[v]]); d <- d[!is.na(d[[v]]), ]; P <- pdata.frame(d[, c(idx, v)], index = idx)
  list(x = P[[v]], tag = paste0(tg(f), ".", if (is.null(fn)) v else paste0(fn, "_", v)),
       inp = list(file = f, index = idx, column = v, transform = fn, N = pdim(P)$nT$n, T = max(pdim(P)$Tint$Ti), balanced = pdim(P)$balanced)) }
unit <- function(r) { g <- function(k) unname(sapply(r$idres, function(z) if (is.null(z[[k]])) NA else as.numeric(z[[k]])))
  list(unit_lags = g("lags"), unit_t = g("trho"), unit_p = g("p.trho"), unit_rho = g("rho"), unit_T = g("T")) }
nms <- function(l) paste(unlist(lapply(names(l), function(k) paste0(k, unlist(l[[k]])))), collapse = "-")
more_purtest <- function(f, idx, v, fn = NULL, pmaxs = c(2, 5)) { p <- pseries(f, idx, v, fn); x <- p$x
  L <- c(lapply(0:3, function(l) list(lags = l)), unlist(lapply(c("AIC", "SIC", "Hall"), function(l) lapply(pmaxs, function(m) list(lags = l, pmax = m))), FALSE))
  pt <- function(o) do.call(purtest, c(list(x), o))
  for (ex in c("none", "intercept", "trend")) for (l in L) for (dc in c(FALSE, TRUE)) { o <- c(list(exo = ex), l, list(dfcor = dc))
    for (q in list(NULL, 1, 4)) { oq <- c(list(test = "levinlin"), o, if (!is.null(q)) list(q = q))
      put(sprintf("levinlin/%s/%s", p$tag, nms(oq[-1])), "Levin-Lin-Chu", p$inp, "plm::purtest", oq, { r <- pt(oq); c(htest(r$statistic), unit(r), list(adjval = nl(r$adjval), sigma2 = list(short = unname(r$sigma2[, 1]), long = unname(r$sigma2[, 2])))) }) }
    if (ex != "none") for (s in c("Wtbar", "Ztbar", "tbar")) { os <- c(list(test = "ips"), o, list(ips.stat = s))
      put(sprintf("ips/%s/%s", p$tag, nms(os[-1])), "Im-Pesaran-Shin", p$inp, "plm::purtest", os, { r <- pt(os); c(htest(r$statistic), unit(r), if (is.matrix(r$adjval)) list(adjval = list(mean = unname(r$adjval[1, ]), var = unname(r$adjval[2, ])))) }) }
    for (s in c("madwu", "Pm", "invnormal", "logit")) { os <- c(list(test = s), o)
      put(sprintf("%s/%s/%s", s, p$tag, nms(os[-1])), paste("Fisher-type", s), p$inp, "plm::purtest", os, { r <- pt(os); c(htest(r$statistic), unit(r)) }) } }
  for (ex in c("intercept", "trend")) for (h in c(TRUE, FALSE)) for (dc in c(FALSE, TRUE)) { o <- list(test = "hadri", exo = ex, Hcons = h, dfcor = dc)
    put(sprintf("hadri/%s/%s", p$tag, nms(o[-1])), "Hadri LM", p$inp, "plm::purtest", o, htest(pt(o)$statistic)) } }
more_cips <- function(f, idx, v, fn = NULL, lags = 1:4) { p <- pseries(f, idx, v, fn)
  for (ty in c("none", "drift", "trend")) for (l in lags) for (md in c("cmg", "mg", "dmg")) for (tr in c(FALSE, TRUE))
    put(sprintf("cipstest/%s/%s/%s/lag%d%s", p$tag, md, ty, l, if (tr) "/trunc" else ""), "CIPS / CADF", p$inp, "plm::cipstest", list(model = md, type = ty, lags = l, truncated = tr),
        { r <- cipstest(p$x, lags = l, type = ty, model = md, truncated = tr); o <- htest(r); o$p_value <- as.numeric(r$p.value)
          o$unit_t <- tryCatch(unname(sapply(r$tmods, function(m) coef(summary(m))["le", 3])), error = function(e) NULL); o }) }
CDT <- c("cd", "lm", "sclm", "rho", "absrho")
more_cd <- function(f, idx, v, fn = NULL) { p <- pseries(f, idx, v, fn)
  for (t in CDT) for (df in c(FALSE, TRUE)) put(sprintf("pcdtest/series/%s/%s/%s", p$tag, t, if (df) "diff" else "level"), "CD tests on a series", p$inp, "plm::pcdtest", list(test = t, diff = df), htest(pcdtest(if (df) diff(p$x) else p$x, test = t))) }
more_cd_model <- function(f, idx, fm, name) { d <- rdf(f); P <- pdata.frame(d, index = idx); fo <- as.formula(fm); inp <- list(file = f, index = idx, formula = fm, N = pdim(P)$nT$n, T = max(pdim(P)$Tint$Ti), balanced = pdim(P)$balanced)
  for (md in c("within", "pooling", "within-twoways", "within-time", "fd", "pvcm")) for (t in c(CDT, "bcsclm")) if (t != "bcsclm" || md %in% c("within", "within-twoways"))
    put(sprintf("pcdtest/model/%s/%s/%s/%s", tg(f), name, md, t), "CD tests on model residuals", inp, "plm::pcdtest", list(model = md, test = t),
      { m <- switch(md, within = plm(fo, P, model = "within"), pooling = plm(fo, P, model = "pooling"), "within-twoways" = plm(fo, P, model = "within", effect = "twoways"), "within-time" = plm(fo, P, model = "within", effect = "time"), fd = plm(fo, P, model = "fd"), pvcm = NULL)
        if (md == "pvcm") htest(pcdtest(fo, data = P, model = NULL, test = t)) else htest(pcdtest(m, test = t)) }) }
more_dh <- function(f, idx, y, x, diff = FALSE, fn = NULL, orders = 1:3) { d <- rdf(f); if (!is.null(fn)) for (v in c(y, x)) d[[v]] <- get(fn)(d[[v]]); P <- pdata.frame(d[, c(idx, y, x)], index = idx); N <- pdim(P)$nT$n
  if (diff) { P$dy <- diff(P[[y]]); P$dx <- diff(P[[x]]); P <- pdata.frame(na.omit(as.data.frame(P)), index = idx) } else { P$dy <- P[[y]]; P$dx <- P[[x]] }
  inp <- list(file = f, index = idx, y = y, x = x, transform = if (diff) paste0(if (is.null(fn)) "" else paste0(fn, ","), "diff") else fn, N = N, T = max(pdim(P)$Tint$Ti), balanced = pdim(P)$balanced); tag <- paste0(tg(f), ".", x, "->", y, if (!is.null(fn)) paste0("/", fn), if (diff) "/diff")
  for (k in orders) for (t in c("Ztilde", "Zbar", "Wbar")) put(sprintf("pgrangertest/%s/K%d/%s", tag, k, t), "Dumitrescu-Hurlin", inp, "plm::pgrangertest", list(order = k, test = t),
    { r <- pgrangertest(dy ~ dx, data = P, order = k, test = t); z <- htest(r); g <- r$indgranger; z$unit <- list(W = as.numeric(g$Chisq), p = as.numeric(g$p.value)); z }) }
