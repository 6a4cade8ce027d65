# Computes with R what the tests expect: Rscript tests/golden/golden.R, in the folder of the book.
# Needs the packages survey, psych and MASS (Debian: r-base-core r-cran-survey r-cran-psych r-cran-mass). Writes expected.csv, one
# row per number at full precision, replicates.csv (weights made here, used there) and versions.csv.
suppressMessages({library(survey); library(psych)})
options(survey.lonely.psu = "fail", warn = 1)

here <- file.path("tests", "golden")
read <- function(name) read.csv(file.path(here, paste0(name, ".csv")), stringsAsFactors = TRUE)
lines <- list()
emit <- function(method, case, ...) {
  for (quantity in names(list(...))) {
    value <- as.numeric(list(...)[[quantity]])
    lines[[length(lines) + 1]] <<- data.frame(
      method, case, quantity, row = seq_along(value), value = sprintf("%.17g", value)
    )
  }
}

# Sizes in their order; waves apart.
all <- read("respondents")
all$size <- factor(all$size, c("<10k", "10-20k", "20-35k", "35-50k", "50-100k", ">=100k"))
all$role <- factor(all$role, c("alderman", "manager", "staff"))
all$goals_of_5 <- factor(all$goals)
all$income <- 18000 + 40 * all$vision   # numbers as large as incomes
all$grade <- cut(all$control, c(-1, 35, 50, 65, 101), c("low", "fair", "good", "high"))
now <- all[all$wave == 2007, ]
then <- all[all$wave == 2005, ]

designs <- list(
  simple = svydesign(~1, data = now, weights = ~weight),
  stratified = svydesign(~1, strata = ~size, data = now, weights = ~weight),
  clustered = svydesign(~municipality, strata = ~size, data = now, weights = ~weight),
  first = svydesign(~municipality, strata = ~size, fpc = ~municipalities, data = now, weights = ~weight),
  full = svydesign(~municipality + respondent, strata = ~size, fpc = ~municipalities + people, data = now, weights = ~weight),
  derived = svydesign(~municipality + respondent, strata = ~size, fpc = ~municipalities + people, data = now)
)
full <- designs$full

# --- means, totals, ratios, proportions, quantiles --------------------------------------------------------------
by_domain <- function(formula, by, design, fun = svymean, ...) {
  found <- svyby(formula, by, design, fun, ..., keep.names = FALSE)
  list(estimate = coef(found), se = SE(found))
}
degrees <- function(design, domain) sapply(levels(domain), function(level) degf(subset(design, domain == level)))
for (name in names(designs)) {
  design <- designs[[name]]
  mean_ <- svymean(~vision, design, deff = "replace")
  emit("mean", name, estimate = coef(mean_), se = SE(mean_), df = degf(design), deff = deff(mean_),
       low = confint(mean_, df = degf(design))[1], population_n = sum(weights(design)))
  found <- svyby(~vision, ~role, design, svymean, deff = "replace")
  emit("mean by domain", name, estimate = coef(found), se = SE(found), deff = found$DEff.vision,
       df = degrees(design, design$variables$role))
  total <- svytotal(~partners, design, deff = "replace")
  emit("total", name, estimate = coef(total), se = SE(total), deff = deff(total))
  found <- by_domain(~partners, ~size, design, svytotal)
  emit("total by domain", name, estimate = found$estimate, se = found$se)
  shares <- svymean(~role, design)
  emit("shares of categories", name, estimate = coef(shares), se = SE(shares), covariance = vcov(shares))
  found <- svyby(~partners, ~region, design, svyratio, denominator = ~control)
  emit("ratio by domain", name, estimate = coef(found), se = SE(found))
  answered <- subset(design, !is.na(goals))
  found <- svyby(~goals, ~size, answered, svymean)
  emit("mean with missing", name, estimate = coef(found), se = SE(found), df = degrees(answered, answered$variables$size))
}

# Covariances between domains that share municipalities: ratios of what lies in a domain to its indicator.
split_up <- function(design, y, domain, formula_only = FALSE) {
  for (level in levels(domain)) {
    design$variables[[paste0("top.", make.names(level))]] <- ifelse(domain == level, y, 0)
    design$variables[[paste0("bottom.", make.names(level))]] <- as.numeric(domain == level)
  }
  tops <- grep("^top[.]", names(design$variables), value = TRUE)
  bottoms <- sub("^top", "bottom", tops)
  found <- svyratio(reformulate(tops), reformulate(bottoms), design, covmat = TRUE)
  own <- (seq_along(tops) - 1) * length(tops) + seq_along(tops)
  list(estimate = diag(coef_matrix(found)), covariance = found$vcov[own, own])
}
coef_matrix <- function(found) as.matrix(found$ratio)
for (name in names(designs)) {
  found <- split_up(designs[[name]], now$vision, now$role)
  emit("covariance of domains", name, estimate = found$estimate, covariance = found$covariance)
  contrast <- c(1, 0, -1)
  emit("difference", name, estimate = sum(contrast * found$estimate), se = sqrt(contrast %*% found$covariance %*% contrast))
  stat <- found$estimate
  names(stat) <- c("one", "two", "three")
  attr(stat, "var") <- found$covariance
  class(stat) <- "svystat"
  ratio <- svycontrast(stat, list(logratio = quote(log(one / three)), product = quote(one * two / three^2)))
  emit("contrast", name, estimate = coef(ratio), se = SE(ratio))
}

for (level in levels(now$size)) {
  design <- subset(full, size == level)
  for (method in c("logit", "beta", "mean")) {
    control <- if (method == "logit") list(control = list(epsilon = 1e-14, maxit = 50)) else list()
    found <- svyciprop(~plan, design, method = method)
    emit(paste("proportion,", method), level, estimate = coef(found), se = SE(found), low = confint(found)[1], high = confint(found)[2])
  }
  m <- svymean(~plan, design)   # not in survey 4.1: the score interval on the effective sample size
  p <- coef(m); t2 <- qt(0.975, degf(design))^2; n <- as.numeric(p * (1 - p) / vcov(m))
  ends <- (p + t2 / (2 * n) + c(-1, 1) * sqrt(t2 / n * (p * (1 - p) + t2 / (4 * n)))) / (1 + t2 / n)
  emit("proportion, wilson", level, estimate = p, low = ends[1], high = ends[2])
  found <- svyquantile(~vision + control, design, c(0.1, 0.5, 0.9))
  for (variable in c("vision", "control")) {
    emit("quantile", paste(level, variable), estimate = found[[variable]][, "quantile"], se = found[[variable]][, "se"],
         low = found[[variable]][, 2], high = found[[variable]][, 3])
  }
}

# --- edge rules -------------------------------------------------------------------------------------------------
small <- read("small")
for (rule in c("remove", "certainty", "adjust")) {
  options(survey.lonely.psu = rule)
  for (name in c("with replacement", "finite")) {
    design <- if (name == "finite") {
      svydesign(~unit, strata = ~stratum, fpc = ~population, weights = ~weight, data = small)
    } else {
      svydesign(~unit, strata = ~stratum, weights = ~weight, data = small)
    }
    case <- paste(rule, name)
    total <- svytotal(~y, design); mean_ <- svymean(~y, design)
    emit("lonely", case, estimate = c(coef(total), coef(mean_)), se = c(SE(total), SE(mean_)), df = degf(design))
    found <- by_domain(~y, ~domain, design)
    emit("lonely by domain", case, estimate = found$estimate, se = found$se)
    found <- suppressWarnings(svyglm(y ~ x, subset(design, weights(design) > 0), control = list(epsilon = 1e-14)))
    emit("lonely regression", case, estimate = coef(found), se = SE(found))
  }
}
options(survey.lonely.psu = "adjust")
lonely <- now[!(now$municipality %in% levels(now$municipality)[seq(1, 400, 7)] & duplicated(now$municipality)), ]
design <- svydesign(~municipality + respondent, strata = ~size, fpc = ~municipalities + people, data = lonely)
for (rule in c("remove", "adjust")) {
  options(survey.lonely.psu = rule)
  found <- svymean(~vision, design)
  emit("lonely at the second stage", rule, estimate = coef(found), se = SE(found))
}
options(survey.lonely.psu = "fail")
census <- svydesign(~municipality + respondent, strata = ~size, fpc = ~municipalities + people, data = now[now$size == ">=100k", ])
found <- svymean(~vision, census)
emit("census of municipalities", "largest", estimate = coef(found), se = SE(found))
whole <- now[now$size == ">=100k", ]
whole$people <- ave(rep(1, nrow(whole)), whole$municipality, FUN = sum)
design <- svydesign(~municipality + respondent, strata = ~size, fpc = ~municipalities + people, data = whole)
emit("census of everyone", "largest", estimate = coef(svymean(~vision, design)), se = SE(svymean(~vision, design)))

# --- waves ------------------------------------------------------------------------------------------------------
both <- intersect(unique(as.character(now$municipality)), unique(as.character(then$municipality)))
panel <- all[all$municipality %in% both, ]
panel$municipality <- factor(panel$municipality)
panel$wave <- factor(panel$wave)
for (name in c("with replacement", "finite")) {
  design <- if (name == "finite") {
    svydesign(~municipality + respondent, strata = ~size + wave, fpc = ~municipalities + people, data = panel, weights = ~weight)
  } else {
    svydesign(~municipality, strata = ~size, data = panel, weights = ~weight)
  }
  found <- split_up(design, panel$vision, panel$wave)
  emit("change, full panel", name, estimate = diff(found$estimate), se = sqrt(c(-1, 1) %*% found$covariance %*% c(-1, 1)))
}

# A part of a panel: the variance of each wave from its own design, the covariance of the municipalities in both
# (Tam 1984), all written out. Municipalities that merged carry the label of their successor, or are units of their
# own that are paired with it.
linear <- function(design, variable) {
  y <- design$variables[[variable]]
  w <- weights(design)
  w * (y - sum(w * y) / sum(w)) / sum(w)
}
partial <- function(make, finite, unit) {
  waves <- lapply(list(then, now), function(data) {
    data$unit <- factor(data[[unit]])
    make(data)
  })
  means <- lapply(waves, function(design) svymean(~vision, design))
  sums <- lapply(waves, function(design) {
    data <- design$variables
    z <- tapply(linear(design, "vision"), data$unit, sum)
    first <- match(names(z), data$unit)
    size <- data$size[first]
    n <- ave(z, size, FUN = length)
    data.frame(unit = names(z), successor = data$municipality[first], size = size, n = n,
               z = (z - ave(z, size)) * sqrt(n / (n - 1)))
  })
  pairs <- merge(sums[[1]], sums[[2]], by = c("successor", "size"))
  population <- all$municipalities[match(pairs$size, all$size)]
  overlap <- function(units) ave(as.integer(factor(units)), pairs$size, FUN = function(codes) length(unique(codes)))
  expected <- pairs$n.x * pairs$n.y / (population * sqrt(overlap(pairs$unit.x) * overlap(pairs$unit.y)))
  limit <- sqrt((1 - pairs$n.x / population) * (1 - pairs$n.y / population))
  factor <- if (finite) pmax(pmin(1 - expected, limit), -limit) else 1
  covariance <- sum(factor * pairs$z.x * pairs$z.y)
  list(estimate = coef(means[[2]]) - coef(means[[1]]), se = sqrt(vcov(means[[1]]) + vcov(means[[2]]) - 2 * covariance))
}
infinite <- function(data) svydesign(~unit, strata = ~size, data = data, weights = ~weight)
first <- function(data) svydesign(~unit, strata = ~size, fpc = ~municipalities, data = data, weights = ~weight)
staged <- function(data) {
  svydesign(~unit + respondent, strata = ~size, fpc = ~municipalities + people, data = data, weights = ~weight)
}
found <- list(
  "with replacement" = partial(infinite, FALSE, "municipality"),
  finite = partial(staged, TRUE, "municipality"),
  "predecessors, with replacement" = partial(infinite, FALSE, "predecessor"),
  "predecessors, finite" = partial(first, TRUE, "predecessor")
)
for (case in names(found)) {
  emit("change, part of a panel and mergers", case, estimate = found[[case]]$estimate, se = found[[case]]$se)
}

# --- calibration ------------------------------------------------------------------------------------------------
sizes <- data.frame(size = levels(now$size), Freq = c(680, 660, 800, 450, 360, 190))
roles <- data.frame(role = levels(now$role), Freq = c(640, 960, 1540))
counts <- c("(Intercept)" = 3140, partners = 8700, control = 158000)
margins <- c(3140, sizes$Freq[-1], roles$Freq[-1])
names(margins) <- c("(Intercept)", paste0("size", levels(now$size)[-1]), paste0("role", levels(now$role)[-1]))
cells <- expand.grid(role = levels(now$role), region = levels(factor(now$region)))
cells$Freq <- c(120, 200, 340, 185, 270, 400, 165, 250, 380, 150, 255, 425)
some <- seq(1, nrow(now), 25)   # rows whose weights are compared
tight <- list(maxit = 500, epsilon = 1e-13)
calibrated <- function(design) list(
  poststratify = postStratify(design, ~size, sizes),
  "poststratify, two columns" = postStratify(design, ~role + region, cells),
  linear = calibrate(design, ~partners + control, counts),
  "linear, margins" = calibrate(design, ~size + role, margins),
  "linear, bounded" = calibrate(design, ~size + role, margins, calfun = "linear", bounds = c(0.75, 1.4), epsilon = 1e-13),
  raking = calibrate(design, ~size + role, margins, calfun = "raking", epsilon = 1e-13),
  "raking, bounded" = calibrate(design, ~partners + control, counts, calfun = "raking", bounds = c(0.5, 2), epsilon = 1e-13),
  logit = calibrate(design, ~size + role, margins, calfun = "logit", bounds = c(0.6, 1.6), epsilon = 1e-13)
)
for (base in c("full", "stratified")) {
  for (name in names(calibrated(designs[[base]]))) {
    design <- calibrated(designs[[base]])[[name]]
    case <- paste0(name, ", ", base)
    mean_ <- svymean(~vision, design); total <- svytotal(~partners, design)
    emit("calibrate", case, weights = weights(design)[some], estimate = c(coef(mean_), coef(total)), se = c(SE(mean_), SE(total)))
    found <- by_domain(~vision, ~region, design)
    emit("calibrate, by domain", case, estimate = found$estimate, se = found$se)
    found <- svyglm(plan ~ vision + role, design, family = quasibinomial, control = list(epsilon = 1e-14, maxit = 50))
    emit("calibrate, logit regression", case, estimate = coef(found), se = SE(found))
  }
  design <- rake(designs[[base]], list(~size, ~role), list(sizes, roles), control = tight)
  emit("rake", base, weights = weights(design)[some], estimate = coef(svymean(~vision, design)))
  # The variance is that of calfun = "raking": rake() projects without weights.
  emit("rake", base, se = SE(svymean(~vision, calibrated(designs[[base]])$raking)))
}

# --- non-response -----------------------------------------------------------------------------------------------
classes <- paste(now$size, now$role)
sampled <- ave(rep(1, nrow(now)), classes, FUN = sum)
answered <- subset(data.frame(now, classes, sampled), responded == 1)
design <- svydesign(~1, strata = ~classes, fpc = ~sampled, data = answered)   # everyone sampled: response is the sample
emit("non-response", "everyone sampled", estimate = coef(svymean(~vision, design)), se = SE(svymean(~vision, design)))
# Sampled: the values of all sampled through every stage, and those of respondents in their class.
w <- weights(full)
r <- now$responded
v <- w * r * ave(w, classes, FUN = sum) / ave(w * r, classes, FUN = sum)
u <- (now$vision - sum(v * now$vision) / sum(v)) / sum(v)
mean_u <- ave(v * u, classes, FUN = sum) / ave(v, classes, FUN = sum)
value <- v * (u - mean_u) + w * mean_u
n <- ave(r, classes, FUN = sum)
sampled_share <- 1 / weights(designs$derived)
own <- v * (u - mean_u)
last <- sum((sampled_share * (1 - n / sampled) * n / (n - 1) * own^2)[r == 1])
found <- svytotal(~I(value / w), full)
emit("non-response", "two stages", estimate = sum(v * now$vision) / sum(v), se = sqrt(vcov(found) + last))

# --- replicates -------------------------------------------------------------------------------------------------
set.seed(443)
made <- as.svrepdesign(designs$clustered, type = "subbootstrap", replicates = 15)
full_weights <- weights(made, "analysis")
one <- !duplicated(now$municipality)
write.csv(data.frame(municipality = now$municipality[one], (full_weights / now$weight)[one, ]),
          file.path(here, "replicates.csv"), row.names = FALSE)
given <- svrepdesign(data = now, weights = ~weight, repweights = full_weights, type = "bootstrap", combined.weights = TRUE)
unstratified <- svydesign(~municipality, data = now, weights = ~weight)
replicated <- list(
  given = given,
  "jackknife, one stratum" = as.svrepdesign(unstratified, type = "JK1"),
  jackknife = as.svrepdesign(designs$clustered, type = "JKn"),
  "jackknife, finite" = as.svrepdesign(designs$first, type = "JKn")
)
for (name in names(replicated)) {
  design <- replicated[[name]]
  found <- by_domain(~vision, ~role, design)
  emit("replicates", name, estimate = found$estimate, se = found$se)
  total <- svytotal(~partners, design)
  ratio <- svyratio(~partners, ~control, design)
  emit("replicates, total and ratio", name, estimate = c(coef(total), coef(ratio)), se = c(SE(total), SE(ratio)))
  design <- postStratify(design, ~size, sizes)
  mean_ <- svymean(~vision, design)
  emit("replicates, poststratified", name, estimate = coef(mean_), se = SE(mean_))
  if (name %in% c("given", "jackknife, finite")) {
    found <- svyglm(plan ~ vision + role, replicated[[name]], family = quasibinomial, control = list(epsilon = 1e-14, maxit = 50))
    emit("replicates, logit regression", name, estimate = coef(found), se = SE(found))
  }
}

# --- regression -------------------------------------------------------------------------------------------------
exact <- list(epsilon = 1e-14, maxit = 50)
# Fitted again from where it ended, so that the weights of the last iteration are those of the estimates.
fit <- function(formula, design, family = gaussian()) {
  first <- svyglm(formula, design, family = family, control = exact)
  do.call(svyglm, list(formula, design = design, family = family, control = exact, start = coef(first)))
}
for (name in names(designs)) {
  design <- designs[[name]]
  found <- list(
    linear = fit(vision ~ size + control + role, design),
    logit = fit(plan ~ vision + size, design, family = quasibinomial),
    poisson = fit(partners ~ vision + role, design, family = quasipoisson),
    missing = fit(vision ~ goals + role, design),
    income = fit(income ~ role, design)
  )
  for (family in names(found)) {
    emit("regression", paste(family, name), estimate = coef(found[[family]]), se = SE(found[[family]]), covariance = vcov(found[[family]]),
         low = confint(found[[family]])[, 1], df = found[[family]]$df.residual)
  }
}

# --- proportional odds ------------------------------------------------------------------------------------------
# svyolr stops its search early (optim's reltol) and takes the Hessian from differences of 1e-3. So it starts here
# where the score is zero, does not search, and takes narrow differences: what remains is its own arithmetic.
olr_score <- function(par, x, y, w) {
  cut <- c(-Inf, par[-seq_len(ncol(x))], Inf)
  eta <- drop(x %*% par[seq_len(ncol(x))])
  p <- plogis(cut[y + 1] - eta) - plogis(cut[y] - eta)
  up <- w * dlogis(cut[y + 1] - eta) / p
  down <- w * dlogis(cut[y] - eta) / p
  c(colSums(x * (down - up)), sapply(seq_len(length(cut) - 2), function(j) sum(up[y == j]) - sum(down[y == j + 1])))
}
olr_root <- function(par, x, y, w) {
  slope <- function(j) {
    h <- replace(numeric(length(par)), j, 1e-5)
    (olr_score(par - h, x, y, w) - olr_score(par + h, x, y, w)) / 2e-5
  }
  hessian <- sapply(seq_along(par), slope)
  for (turn in 1:500) {
    step <- solve(hessian, olr_score(par, x, y, w))
    par <- par + step
    if (max(abs(step)) < 1e-13) return(par)
  }
  stop("no root of the score")
}
olr_data <- function(formula, design) {
  frame <- model.frame(formula, design$variables, na.action = na.pass)
  keep <- complete.cases(frame)
  frame <- frame[keep, ]
  list(x = model.matrix(formula, frame)[, -1, drop = FALSE], y = as.integer(frame[[1]]), keep = keep)
}
olr <- function(formula, design) {
  data <- olr_data(formula, design)
  found <- svyolr(formula, design)
  par <- olr_root(coef(found), data$x, data$y, weights(design)[data$keep])
  zeta <- par[-seq_len(ncol(data$x))]
  start <- c(par[seq_len(ncol(data$x))], zeta[1], log(diff(zeta)))
  svyolr(formula, design, start = start, control = list(maxit = 0, ndeps = rep(1e-6, length(start))))
}
# Logit models above each cut point, and their linearised values side by side, as in Brant (1990).
brant <- function(formula, design, df) {
  data <- olr_data(formula, design)
  x <- cbind(1, data$x)
  w <- weights(design)[data$keep]
  cuts <- max(data$y) - 1
  slopes <- NULL
  values <- matrix(0, nrow(design$variables), 0)
  for (cut in seq_len(cuts)) {
    above <- as.numeric(data$y > cut)
    fit <- suppressWarnings(glm.fit(x, above, w, family = quasibinomial(), control = list(epsilon = 1e-14, maxit = 50)))
    p <- plogis(drop(x %*% fit$coefficients))
    own <- matrix(0, nrow(values), ncol(x))
    own[data$keep, ] <- (x * (w * (above - p))) %*% solve(crossprod(x, x * (w * p * (1 - p))))
    values <- cbind(values, own[, -1])
    slopes <- cbind(slopes, fit$coefficients[-1])
  }
  v <- svyrecvar(values, design$cluster, design$strata, design$fpc, postStrata = design$postStrata)
  k <- nrow(slopes)
  apart <- kronecker(cbind(-1, diag(cuts - 1)), diag(k))
  gap <- drop(apart %*% c(slopes))
  spread <- apart %*% v %*% t(apart)
  at <- matrix(seq_along(gap), k)
  at <- c(lapply(seq_len(k), function(row) at[row, ]), list(seq_along(gap)))
  f <- sapply(at, function(i) drop(gap[i] %*% solve(spread[i, i, drop = FALSE], gap[i])) / length(i))
  list(statistic = f, df_num = lengths(at), p_value = pf(f, lengths(at), df, lower.tail = FALSE))
}
emit_olr <- function(method, case, found) {
  emit(method, case, estimate = coef(found), se = sqrt(diag(vcov(found))), covariance = vcov(found), df = found$df.residual)
}
olr_models <- list(missing = goals_of_5 ~ vision + role, complete = grade ~ size + partners)
for (name in names(designs)) {
  for (model in names(olr_models)) {
    found <- olr(olr_models[[model]], designs[[name]])
    emit_olr("proportional odds", paste(model, name), found)
    test <- brant(olr_models[[model]], designs[[name]], found$df.residual)
    emit("parallel slopes", paste(model, name), statistic = test$statistic, df_num = test$df_num, p_value = test$p_value)
  }
}
for (base in c("full", "stratified")) {
  for (name in c("poststratify", "raking")) {
    design <- calibrated(designs[[base]])[[name]]
    emit_olr("calibrate, proportional odds", paste0(name, ", ", base), olr(grade ~ partners + role, design))
  }
}
# Replicates that svyolr fits stop early too, and their standard errors have two digits: these go on to the end.
for (name in c("given", "jackknife, finite")) {
  design <- replicated[[name]]
  data <- olr_data(grade ~ partners + role, design)
  found <- svyolr(grade ~ partners + role, design)
  root <- function(w) olr_root(coef(found), data$x, data$y, w)
  fits <- apply(weights(design, "analysis"), 2, root)
  covariance <- svrVar(t(fits), design$scale, design$rscales, mse = design$mse, coef = coef(found))
  emit("replicates, proportional odds", name, estimate = root(weights(design, "sampling")), se = sqrt(diag(covariance)))
}

# --- tests ------------------------------------------------------------------------------------------------------
# svyranktest ranks ties in the order of the rows, so that another order gives another test. Here ties share the
# middle of their weight (Lumley and Scott 2013), and the rest is its own arithmetic.
midranks <- function(name, design) {
  y <- design$variables[[name]]
  w <- weights(design)[!is.na(y)]
  y <- y[!is.na(y)]
  mass <- tapply(w, y, sum)
  middle <- cumsum(mass) - mass / 2
  function(r, N) as.vector(middle[as.character(y)]) / N
}
for (name in names(designs)) {
  design <- designs[[name]]
  test <- svychisq(~role + region, design, statistic = "F")
  emit("association", name, statistic = test$statistic, df = test$parameter, p_value = test$p.value)
  test <- svychisq(~goals + plan, design, statistic = "F")
  emit("association, with missing", name, statistic = test$statistic, df_num = test$parameter[1])
  test <- svyttest(vision ~ plan, design)
  emit("compare means, two groups", name, statistic = test$statistic, df_den = test$parameter, p_value = test$p.value)
  test <- svyranktest(control ~ plan, design, test = midranks("control", design))
  emit("compare ranks, two groups", name, statistic = test$statistic, df_den = test$parameter, p_value = test$p.value)
  test <- regTermTest(svyglm(vision ~ role, design, control = exact), ~role)
  emit("compare means, groups", name, statistic = test$Ftest, df_den = test$ddf, p_value = test$p)
  test <- svyranktest(goals ~ role, design, test = midranks("goals", design))
  emit("compare ranks, groups", name, statistic = test$parameter / 2, df_den = test$ddf, p_value = test$p.value)
}

# --- scores -----------------------------------------------------------------------------------------------------
answers <- read("items")
x <- answers[, paste0("i", 1:8)]
x$i8 <- 6 - x$i8
found <- psych::alpha(x)
bounds <- alpha.ci(found$total$raw_alpha, n.obs = nrow(x), n.var = ncol(x))
emit("alpha", "items", estimate = found$total$raw_alpha, low = bounds$lower.ci, high = bounds$upper.ci)
emit("item-rest correlation", "items", r_rest = found$item.stats$r.drop, alpha_without = found$alpha.drop$raw_alpha)
weighted <- cov.wt(x, answers$weight, method = "unbiased")$cov
emit("alpha, weighted", "items", estimate = ncol(x) / (ncol(x) - 1) * (1 - sum(diag(weighted)) / sum(weighted)))
# Omega total of one maximum likelihood factor, on covariances (McDonald 1999): omega() of psych rotates, and needs
# GPArotation; its numbers come from correlations and another fit.
omega_ml <- function(covariance, n) {
  fit <- factanal(covmat = covariance, factors = 1, n.obs = n, control = list(nstart = 1, opt = list(factr = 1, pgtol = 0, maxit = 10000)))
  scale <- sqrt(diag(covariance))
  common <- sum(fit$loadings[, 1] * scale)^2
  common / (common + sum(fit$uniquenesses * scale^2))
}
emit("omega", "maximum likelihood, covariances", estimate = omega_ml(cov(x), nrow(x)))
emit("omega", "maximum likelihood, correlations", estimate = omega_ml(cor(x), nrow(x)))
emit("omega", "weighted", estimate = omega_ml(weighted, nrow(x)))
fit <- fa(x, nfactors = 1, fm = "ml")
emit("omega, psych::fa", "maximum likelihood, correlations", estimate = sum(fit$loadings)^2 / (sum(fit$loadings)^2 + sum(fit$uniquenesses)))
score <- rowMeans((x - 1) / 4 * 100)
emit("scale", "items", score = score)
one_way <- anova(aov(score ~ factor(answers$group)))
sizes_ <- table(answers$group)
k <- (nrow(answers) - sum(sizes_^2) / nrow(answers)) / (length(sizes_) - 1)
f <- one_way[1, 4]; df1 <- one_way[1, 1]; df2 <- one_way[2, 1]
icc <- function(f) (f - 1) / (f - 1 + k)
emit("icc", "unbalanced", estimate = icc(f), low = icc(f / qf(0.975, df1, df2)), high = icc(f / qf(0.025, df1, df2)))
even <- answers[ave(answers$group, answers$group, FUN = seq_along) <= 2, ]
wide <- matrix(score[as.integer(rownames(even))], ncol = 2, byrow = TRUE)
found <- ICC(wide, lmer = FALSE)$results[1, ]
emit("icc", "balanced (psych::ICC)", estimate = found$ICC, low = found[["lower bound"]], high = found[["upper bound"]])

write.csv(do.call(rbind, lines), file.path(here, "expected.csv"), row.names = FALSE, quote = 1:3)
versions <- c(R = as.character(getRversion()), survey = as.character(packageVersion("survey")), psych = as.character(packageVersion("psych")),
              MASS = as.character(packageVersion("MASS")))
write.csv(data.frame(name = names(versions), version = versions), file.path(here, "versions.csv"), row.names = FALSE, quote = FALSE)
