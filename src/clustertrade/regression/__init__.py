"""One linear regression on the rows of a panel: transformations, covariances, wild bootstrap.

Below the families, because estimators and specification tests share it.

The algebra is ours and not linearmodels', for what was measured with linearmodels 7.1: it does not hand out its
transformed regressors, which HC2 to HC4, Newey-West by the calendar, panel-corrected errors, the counts of plm and
gretl and the wild bootstrap all need; it has one of the four methods for random effects; it refuses a column such as
a GDP in yuan beside a constant (1e13 against 1) as rank-deficient; and it costs 0.8 processor seconds to import and
25 ms a regression of 31 x 8, against 1 ms.  Where both can do a thing, tests hold ours to it.
"""
