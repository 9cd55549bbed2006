import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CRL;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.PKIXRevocationChecker.Option;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Validates paths by CertPathValidator and prints a line for each: "OK", or the reason and message.
 * A path is three arguments: a file of PEM certificates from the one in question to the root, a file
 * of PEM CRLs or "-", and the revocation check: "none", "lists" or "ocsp".
 */
class CheckPaths {
    public static void main(String[] args) throws Exception {
        for (int at = 0; at + 2 < args.length; at += 3) {
            System.out.println(findObjection(args[at], args[at + 1], args[at + 2]));
        }
    }

    private static String findObjection(String path, String lists, String revocation) {
        try {
            validate(path, lists, revocation);
            return "OK";
        } catch (Exception thrown) {
            String words = String.valueOf(thrown).replaceAll("\\s+", " ");
            return thrown instanceof CertPathValidatorException refusal
                ? refusal.getReason() + ": " + words
                : words;
        }
    }

    private static void validate(String path, String lists, String revocation) throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        List<X509Certificate> chain = new ArrayList<>();
        try (InputStream in = Files.newInputStream(Path.of(path))) {
            for (var each : factory.generateCertificates(in)) chain.add((X509Certificate) each);
        }
        X509Certificate root = chain.remove(chain.size() - 1);
        CertPathValidator validator = CertPathValidator.getInstance("PKIX");
        PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
        parameters.setRevocationEnabled(!revocation.equals("none"));
        if (!lists.equals("-")) {
            byte[] pem = Files.readAllBytes(Path.of(lists));
            Collection<? extends CRL> read = factory.generateCRLs(new ByteArrayInputStream(pem));
            parameters.addCertStore(
                CertStore.getInstance("Collection", new CollectionCertStoreParameters(read)));
        }
        if (!revocation.equals("none")) {
            PKIXRevocationChecker checker =
                (PKIXRevocationChecker) validator.getRevocationChecker();
            checker.setOptions(revocation.equals("lists")
                ? EnumSet.of(Option.PREFER_CRLS, Option.NO_FALLBACK)
                : EnumSet.of(Option.NO_FALLBACK));
            parameters.addCertPathChecker(checker);
        }
        validator.validate(factory.generateCertPath(chain), parameters);
    }
}
